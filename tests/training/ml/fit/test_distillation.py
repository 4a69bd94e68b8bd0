"""Tests what a student learns of its teacher."""

import pytest
import torch

from training.ml.fit import distillation
from training.ml.network import architectures, inference
from training.ml.network.architectures import Architecture, Network, NetworkOutput


def output(logits: list[list[float]], digitness: list[float]) -> NetworkOutput:
    return NetworkOutput(torch.tensor(logits), torch.tensor(digitness), torch.ones(len(logits), 4))


def confident(digit: int) -> list[float]:
    return [8.0 if place == digit else 0.0 for place in range(10)]


def loss(student: NetworkOutput, teacher: NetworkOutput, *labels: int) -> float:
    return float(
        distillation.loss_of(student, teacher, torch.tensor(labels, dtype=int), smoothing=0.05)
    )


def test_what_the_teacher_hesitates_between_is_learned() -> None:
    between = [5.0 if place in (3, 8) else 0.0 for place in range(10)]
    teacher = output([between], [6.0])
    assert loss(teacher, teacher, 3) < loss(output([confident(3)], [6.0]), teacher, 3)


def test_where_the_teacher_is_wrong_the_label_is_learned() -> None:
    teacher = output([confident(7)], [6.0])
    assert loss(output([confident(2)], [6.0]), teacher, 2) < loss(teacher, teacher, 2)
    no_digit = output([[0.0] * 10], [6.0])
    assert loss(output([[0.0] * 10], [-6.0]), no_digit) < loss(no_digit, no_digit)


def test_the_embedding_is_learned() -> None:
    teacher = output([confident(1)], [6.0])
    other = teacher._replace(embedding=torch.zeros(1, 4))
    assert loss(other, teacher, 1) == pytest.approx(loss(teacher, teacher, 1) + 1)


def test_a_student_as_wide_as_its_teacher_answers_as_it_does(tiny, images) -> None:
    student, pictures = architectures.build("cnn-tiny"), torch.from_numpy(images)
    distillation.inherit(student, tiny, images=pictures)
    mine, theirs = (inference.read(one, pictures) for one in (student, tiny))
    torch.testing.assert_close(mine.logits, theirs.logits)
    torch.testing.assert_close(mine.embedding, theirs.embedding)


def test_a_narrower_one_gets_the_channels_that_are_used_most(tiny, images) -> None:
    tiny.stages[0][0].weight.data[3] = 0
    tiny.stages[0][1].bias.data[3] = 0
    tiny.stages[0][1].running_mean[3] = 0
    student = Network(Architecture(fine=(7,), middle=(16,), coarse=(16,), embedding=32)).eval()
    distillation.inherit(student, tiny, images=torch.from_numpy(images))
    pictures = torch.from_numpy(images)
    torch.testing.assert_close(
        inference.read(student, pictures).logits, inference.read(tiny, pictures).logits
    )


def test_one_of_another_depth_inherits_nothing(tiny, images) -> None:
    student = architectures.build("cnn-5")
    with pytest.raises(ValueError, match="3 layers"):
        distillation.inherit(student, tiny, images=torch.from_numpy(images))


@pytest.mark.slow
def test_a_fit_with_a_teacher_comes_nearer_to_it(fit, tiny) -> None:
    def distance(teacher: Network | None) -> float:
        course = fit(epochs=15, teacher=teacher)
        list(course)
        mine, theirs = (inference.read(one, course.images) for one in (course.averaged, tiny))
        return float((mine.embedding - theirs.embedding).square().mean())

    assert distance(tiny) < 0.7 * distance(None)
