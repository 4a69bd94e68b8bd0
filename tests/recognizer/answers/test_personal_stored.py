"""Stored drawings that are read as their owners write."""

from urllib.parse import urlencode

import pytest

from recognizer.answers import explaining
from recognizer.answers.stored import worker
from recognizer.models import Drawing, PersonalReading, Prediction
from recognizer.services import deleting
from recognizer.wording import shown_to_owner
from tests.people import INK as INK_BODY
from tests.people import drawn_by
from tests.recognizer.answers.writing import says

pytestmark = pytest.mark.django_db


def test_a_saved_drawing_keeps_both(nine, anna):
    drawing = drawn_by(anna)
    assert (drawing.digit, drawing.answer.digit) == (7, 7)
    shown = shown_to_owner(drawing)
    assert isinstance(shown, PersonalReading)
    assert (shown.digit, shown.exemplar, shown.exemplar_digit) == (9, nine, 9)
    assert shown.differs
    assert shown.confidence > 0.5


@pytest.mark.parametrize("asked", [{}, {"personal": "1"}, {"personal": "0"}])
def test_a_program_may_have_a_drawing_read_as_everybodys(nine, api, broker, asked):
    address = f"/api/drawings/?{urlencode(asked)}"
    made = api.post(address, INK_BODY, format="json").json()
    worker.answer_waiting()
    found = api.get(f"/api/drawings/{made['id']}/").json()
    alone = asked == {"personal": "0"}
    assert found["answer"]["digit"] == 7
    assert (found["personal_answer"] is None) == alone
    drawing = Drawing.objects.get(pk=made["id"])
    assert (explaining.explain_drawing(drawing).reading.shown.digit == 7) == alone


def test_done_twice_it_is_kept_once(nine, anna):
    drawing = drawn_by(anna)
    worker.answer([drawing])
    assert PersonalReading.objects.count() == 1


def test_a_drawing_is_not_read_by_its_own_label(nine):
    Prediction.objects.all().delete()
    worker.answer([nine])
    assert not PersonalReading.objects.exists()
    assert explaining.explain_drawing(nine).reading.personal is None


def test_what_a_person_was_shown_outlives_the_exemplar(nine, anna):
    drawing = drawn_by(anna)
    deleting.erase(Drawing.all_objects.filter(pk=nine.pk))
    shown = PersonalReading.objects.get(prediction__drawing=drawing)
    assert (shown.digit, shown.exemplar, shown.exemplar_digit) == (9, None, 9)


def test_the_models_own_outcome_is_not_touched(nine, anna):
    drawing = drawn_by(anna)
    says(drawing, 9)
    drawing.refresh_from_db()
    assert drawing.outcome == "wrong"
    assert drawing.doubt == Drawing.Doubt.DISAGREED
