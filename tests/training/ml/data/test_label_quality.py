"""Tests finding labels that look wrong, among embeddings in ten clear clusters."""

import numpy as np
import pytest

from recognizer.inference.classes import NOT_A_DIGIT
from training.ml.data import label_quality
from training.ml.data.label_quality import Anchors, LabelSet, ReviewThresholds

PEOPLE, EACH = 10, 40
THRESHOLDS = ReviewThresholds()


def heap(labels: np.ndarray, *, seed: int) -> np.ndarray:
    """Embeddings [N, 11]: each near the corner of its label."""
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(labels), NOT_A_DIGIT + 1))
    return np.eye(NOT_A_DIGIT + 1)[labels] + noise


@pytest.fixture
def anchors() -> Anchors:
    labels = np.arange(330) % (NOT_A_DIGIT + 1)
    return Anchors(heap(labels, seed=9), labels)


def label_set(*, wrong: dict[int, int] | None = None, reviewed: tuple[int, ...] = ()) -> LabelSet:
    """Ten people's labels; `wrong` says how many of a person's are."""
    truth = np.arange(PEOPLE * EACH) % 10
    people = np.repeat(np.arange(PEOPLE), EACH)
    labels = truth.copy()
    for person, count in (wrong or {}).items():
        places = np.nonzero(people == person)[0][:count]
        labels[places] = (labels[places] + 1 + places * 7 % 9) % 10
    flags = np.zeros(len(truth), bool)
    flags[list(reviewed)] = True
    probabilities = np.full((len(truth), NOT_A_DIGIT + 1), 0.01)
    probabilities[np.arange(len(truth)), truth] = 0.9
    in_training = np.arange(len(truth)) % 5 != 4
    return LabelSet(labels, people, flags, probabilities, heap(truth, seed=1), in_training)


def reasons(
    said: LabelSet, anchors: Anchors, *, thresholds: ReviewThresholds = THRESHOLDS, **more
) -> np.ndarray:
    flags, doubts = label_quality.contradicted(said, anchors, seed=1)
    rate = label_quality.rates(
        flags & ~said.reviewed,
        said.people,
        drawn=more.get("drawn", {}),
        refused=more.get("refused", {}),
    )
    order = np.arange(len(said.labels))
    doubted = flags & label_quality.implausible(doubts)
    own = label_quality.own_shapes(said, anchors)
    return np.array(
        label_quality.set_aside(said, doubted, own, rate, order=order, thresholds=thresholds)
    )


def test_labels_that_nothing_contradicts_all_teach(anchors) -> None:
    assert set(reasons(label_set(), anchors)) == {""}


def test_a_rare_contradiction_is_not_doubted_but_its_owners_alone(anchors) -> None:
    found = reasons(label_set(wrong={0: 2, 4: 1}), anchors)
    assert [*np.flatnonzero(found == "own")] == [0, 1, 4 * EACH]
    assert set(found) == {"", "own"}


def odd_sevens(*people: int) -> tuple[LabelSet, np.ndarray]:
    """These people's sevens look like twos, to the network too. And which those are."""
    said = label_set()
    odd = (said.labels == 7) & np.isin(said.people, people)
    said.embedding[odd] = heap(np.full(odd.sum(), 2), seed=3)
    said.embedding[odd, 7] += 0.5  # much like each other
    said.probabilities[odd] = 0.01
    said.probabilities[odd, 2] = 0.9
    return said, odd


def test_a_shape_of_one_person_is_theirs_alone_however_often_they_draw_it(anchors) -> None:
    said, odd = odd_sevens(3)
    assert odd.sum() == 4
    assert [*label_quality.own_shapes(said, anchors)] == [*odd]
    assert set(reasons(said, anchors)[odd]) == {"own"}


def test_a_shape_that_several_people_share_is_taught(anchors) -> None:
    said, _ = odd_sevens(3, 8)
    assert not label_quality.own_shapes(said, anchors).any()
    assert set(reasons(said, anchors)) == {""}


def test_one_person_with_many_copies_cannot_keep_a_shape_from_being_taught(anchors) -> None:
    """Their labels are what the network reads: nothing contradicts them."""
    said, odd = odd_sevens(3, 8)
    copies = np.flatnonzero((said.people == 5) & said.in_training)[:20]
    said.embedding[copies] = said.embedding[odd].mean(axis=0)
    said.labels[copies] = 2
    said.probabilities[copies] = said.probabilities[odd][0]
    assert not label_quality.own_shapes(said, anchors).any()


def test_held_out_drawings_share_no_shape(anchors) -> None:
    said, odd = odd_sevens(3, 8)
    said.in_training[odd & (said.people == 8)] = False
    assert label_quality.own_shapes(said, anchors)[odd & (said.people == 3)].all()


def test_of_many_labels_each_is_compared(anchors, monkeypatch) -> None:
    monkeypatch.setattr(label_quality, "COMPARED", 3)
    said, odd = odd_sevens(3)
    assert [*label_quality.own_shapes(said, anchors)] == [*odd]


def test_what_a_reviewer_confirmed_is_nobodys_alone(anchors) -> None:
    said, odd = odd_sevens(3)
    said.reviewed[odd] = True
    assert set(reasons(said, anchors)) == {""}


def test_where_a_fifth_is_wrong_the_wrong_ones_are_set_aside(anchors) -> None:
    said = label_set(wrong=dict.fromkeys(range(PEOPLE), 8))
    found = reasons(said, anchors)
    wrong = said.labels != np.arange(len(said.labels)) % 10
    assert (found[wrong] == "doubted").mean() > 0.95  # now and then one is plausible
    assert set(found[~wrong]) == {""}


def test_a_right_label_that_others_made_plausible_is_used(anchors) -> None:
    said = label_set(wrong=dict.fromkeys(range(PEOPLE), 8))
    # Odd sevens, nearer to the twos: the network reads 2, and most of the classifier's belief too.
    odd = np.arange(len(said.labels)) % 10 == 7
    odd &= said.labels == 7
    odd &= np.cumsum(odd) <= 12
    said.embedding[odd] += 0.62 * (np.eye(NOT_A_DIGIT + 1)[2] - np.eye(NOT_A_DIGIT + 1)[7])
    said.probabilities[odd] = 0.01
    said.probabilities[odd, 2] = 0.9
    flags, _ = label_quality.contradicted(said, anchors, seed=1)
    assert flags[odd].mean() > 0.5
    found = reasons(said, anchors)
    assert set(found[odd]) == {""}
    wrong = said.labels != np.arange(len(said.labels)) % 10
    assert (found[wrong] == "doubted").mean() > 0.95


def test_lies_of_one_kind_make_each_other_plausible_and_their_teller_distrusted(anchors) -> None:
    said = label_set()
    lies = said.people < 2
    said.labels[lies] = (said.labels[lies] + 3) % 10
    assert set(reasons(said, anchors)[lies]) == {"distrusted"}


def test_a_hostile_persons_labels_are_not_used_and_harm_nobody(anchors) -> None:
    said = label_set(wrong={3: EACH})
    found = reasons(said, anchors)
    assert set(found[said.people == 3]) == {"distrusted"}
    assert set(found[said.people != 3]) == {""}


def test_what_a_person_left_uncorrected_speaks_for_them(anchors) -> None:
    said = label_set(wrong={5: 8})
    assert "doubted" in reasons(said, anchors)
    assert "doubted" not in reasons(said, anchors, drawn={5: 160})


def test_silence_hides_no_hostile_person(anchors) -> None:
    """Thousands of drawings left without a word buy no belief for forty lies."""
    said = label_set(wrong={3: EACH})
    assert set(reasons(said, anchors, drawn={3: 5000})[said.people == 3]) == {"doubted"}


def test_held_out_labels_judge_nobody(anchors) -> None:
    """The classifier that decides which labels are used is not fitted on held-out ones."""
    said = label_set()
    before, _ = label_quality.contradicted(said, anchors, seed=1)
    said.labels[~said.in_training] = (said.labels[~said.in_training] + 3) % 10
    after, _ = label_quality.contradicted(said, anchors, seed=1)
    np.testing.assert_array_equal(before[said.in_training], after[said.in_training])


def test_many_accounts_with_one_wrong_label_each_have_nobody_else_distrusted() -> None:
    people = np.repeat(np.arange(PEOPLE), 10)
    strangers = np.arange(PEOPLE, 3 * PEOPLE)
    flags = np.repeat([False, True], [len(people), len(strangers)])
    rate = label_quality.rates(flags, np.concatenate([people, strangers]), drawn={}, refused={})
    assert max(rate[person] for person in range(PEOPLE)) < THRESHOLDS.distrust


def test_refusals_by_reviewers_count_against_a_person(anchors) -> None:
    said = label_set(wrong={5: 3})
    assert "doubted" not in reasons(said, anchors)
    assert "doubted" in reasons(said, anchors, refused={5: 10})


def test_a_reviewers_label_is_always_used(anchors) -> None:
    said = label_set(wrong={3: EACH}, reviewed=(3 * EACH, 3 * EACH + 1))
    found = reasons(said, anchors)
    assert found[3 * EACH] == ""
    assert found[3 * EACH + 1] == ""
    assert found[3 * EACH + 2] == "distrusted"


def test_a_persons_newest_labels_are_used_up_to_the_limit(anchors) -> None:
    said = label_set()
    found = reasons(said, anchors, thresholds=ReviewThresholds(labels=10))
    mine = found[:EACH][said.in_training[:EACH]]
    assert list(mine).count("") == 10
    assert set(mine[-10:]) == {""}
    assert set(mine[:-10]) == {"too_many"}


def test_nobody_alone_decides_by_which_drawings_the_gate_judges(anchors) -> None:
    said = label_set()
    said.in_training[said.people == 3] = False
    found = reasons(said, anchors, thresholds=ReviewThresholds(labels=10))
    assert list(found[said.people == 3]) == [*["too_many"] * (EACH - 10), *[""] * 10]


def test_doubts_are_high_where_a_label_is_wrong(anchors) -> None:
    said = label_set(wrong={0: 5})
    _, doubts = label_quality.contradicted(said, anchors, seed=1)
    assert doubts[:5].min() > 0.5 > doubts[5:].max()


def test_errors_fall_as_labels_grow(anchors) -> None:
    """Of a shape that the anchors do not know: the fewer labels, the more errors."""
    said = label_set()
    unusual = said.labels == 4
    said.embedding[unusual] = heap(np.full(unusual.sum(), 9), seed=4) * [*([1] * 9), 0.6, 2]
    curve = label_quality.learning_curve(said, anchors, seed=1)
    assert [point["labels"] for point in curve] == [32, 64, 128, 256]
    assert {point["count"] for point in curve} == {400}
    assert curve[-1]["errors"] <= curve[0]["errors"]


def test_too_few_labels_make_no_curve(anchors) -> None:
    assert label_quality.learning_curve(label_set().of(np.arange(400) < 40), anchors, seed=1) == []
