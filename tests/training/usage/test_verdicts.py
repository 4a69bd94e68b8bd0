"""What owners are told of answers that name no digit: only what is claimed can be right."""

import pytest

from recognizer import registry
from recognizer.answers.stored import worker
from tests.browser.pointer import FORTY_TWO, SEVEN, TOUCHING, Strokes
from tests.people import register
from tests.training.helpers import rows
from tests.training.usage.test_usage import learn, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


def on_canvas(shape: Strokes) -> list:
    return [[[x * 280, y * 280] for x, y in stroke] for stroke in shape]


READ = [
    (FORTY_TWO, {"digit": 3}, 4, "; the model still reads it as the number 33, and"),
    (SEVEN, {"digit": 4, "sure": 0.4}, 4, "; the model is still unsure: 4 or 0, and"),
    (SEVEN, {"digit": 4, "sure": 0.4}, None, "; the model is still unsure: 4 or 0, and"),
    (SEVEN, {"digit": 4, "is_digit": 0.1}, 4, "; the model still reads it as not a digit, and"),
    (SEVEN, {"digit": 4}, None, "; the model still reads it as 4, and the next run tries again."),
]


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(("shape", "network", "truth", "said"), READ)
def test_what_it_says_is_told_by_its_verdict(champion, anna, shape, network, truth, said, kept):
    drawing = rows.drawing(anna, ink=on_canvas(shape), truth=truth)
    learn(drawing, version=register(**network, origin="trained"))
    if kept:
        worker.answer([drawing])
    assert said in words(drawing)


def test_digits_that_touch_are_told_of(anna):
    version = registry.register_shipped()
    drawing = rows.drawing(anna, ink=on_canvas(TOUCHING), truth=4)
    learn(drawing, version=version)
    assert "; the model still reads it as several digits, and the next run" in words(drawing)


def test_of_a_number_no_label_says_whether_it_was_read_right(champion, anna):
    """It is neither a digit nor misread: "not a digit" is the only label there is for it."""
    drawing = rows.drawing(anna, ink=on_canvas(FORTY_TWO), truth=None)
    learn(drawing, version=rows.version(3, parent=champion))
    assert words(drawing).endswith("; the model reads it as the number 33.")


def test_not_a_digit_is_read_right_since_it_is_claimed(anna, champion):
    """An answer that was unsure was not right from the start, though neither named a digit."""
    drawing = rows.drawing(anna, truth=None)
    rows.registry.promote(register(7, sure=0.4, origin="trained"))
    worker.answer([drawing])
    sure = register(7, is_digit=0.1, origin="trained")
    learn(drawing, version=sure)
    assert words(drawing).endswith(f"; the model has read it right since version {sure.pk}.")
