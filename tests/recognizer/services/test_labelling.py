"""Which answer and which label of a drawing count."""

import copy

import pytest

from recognizer.answers import serving
from recognizer.answers.stored import current, worker
from recognizer.models import Drawing, Label, User
from recognizer.services import deleting, labelling
from tests.people import drawn_by, person, register
from training.review import service

pytestmark = pytest.mark.django_db


def test_a_prediction_is_kept_and_becomes_the_answer(champion, anna):
    drawing = drawn_by(anna)
    assert (drawing.digit, drawing.outcome) == (7, "unlabelled")
    assert drawing.answer.model_version == champion
    assert len(drawing.answer.probabilities) == 10
    assert drawing.answer.ink_version == 1


def test_a_new_champion_adds_a_prediction_and_the_newest_answers(champion, anna):
    drawing = drawn_by(anna)
    register(3)
    serving.model_cache.expire()
    worker.answer([drawing])
    drawing.refresh_from_db()
    assert drawing.digit == 3
    assert [one.digit for one in drawing.predictions.all()] == [3, 7]


def test_an_older_prediction_heard_late_does_not_become_the_answer(champion, anna):
    drawing = drawn_by(anna)
    older = drawing.answer
    register(3)
    serving.model_cache.expire()
    worker.answer([drawing])
    current.record_answers([older])
    drawing.refresh_from_db()
    assert drawing.digit == 3


def test_an_answer_without_a_digit_is_unsure(db, anna):
    register(7, is_digit=0.1)
    drawing = drawn_by(anna)
    assert drawing.digit is None
    assert drawing in Drawing.objects.in_state("unsure")


@pytest.mark.parametrize(("digit", "outcome"), [(7, "right"), (1, "wrong"), (None, "wrong")])
def test_a_label_makes_the_answer_right_or_wrong(champion, anna, digit, outcome):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=digit)
    drawing.refresh_from_db()
    assert drawing.outcome == outcome


def test_not_a_digit_is_right_where_the_answer_names_none(db, anna):
    register(7, is_digit=0.1)
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=None)
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_the_newest_label_counts_and_the_older_stays(champion, anna):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=1)
    labelling.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.outcome) == (7, "right")
    assert [label.digit for label in drawing.labels.all()] == [7, 1]


def test_a_reviewer_outranks_the_owner_also_later(champion, anna, reviewer):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=reviewer, digit=4)
    labelling.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.reviewed, drawing.label.role) == (4, True, "reviewer")


def test_a_reviewers_newest_word_counts(champion, anna, reviewer):
    drawing = drawn_by(anna)
    for digit in (4, 5):
        labelling.label(drawing=drawing, author=reviewer, digit=digit)
    drawing.refresh_from_db()
    assert drawing.truth == 5


def test_staff_speak_as_owners_of_their_own(champion, reviewer):
    drawing = drawn_by(reviewer)
    assert labelling.label(drawing=drawing, author=reviewer, digit=7).role == Label.Role.OWNER


def test_what_is_taken_back_no_longer_counts_and_stays_on_record(champion, anna):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=1)
    labelling.withdraw_label(drawing)
    drawing.refresh_from_db()
    assert (drawing.label, drawing.owner_label, drawing.truth) == (None, None, None)
    assert drawing.outcome == "unlabelled"
    assert [str(label) for label in drawing.labels.all()] == ["withdrawn by owner", "1 by owner"]
    labelling.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_where_nothing_was_said_nothing_is_taken_back(champion, anna):
    drawing = drawn_by(anna)
    labelling.withdraw_label(drawing)
    assert not drawing.labels.exists()


def test_a_reviewers_label_stays_when_the_owner_takes_theirs_back(champion, anna, reviewer, rita):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=1)
    labelling.label(drawing=drawing, author=reviewer, digit=4)
    drawing.refresh_from_db()
    assert drawing.disputed
    labelling.withdraw_label(drawing)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.owner_label, drawing.disputed) == (4, None, False)


def test_a_stranger_may_not_label(champion, anna, bert):
    drawing = drawn_by(anna)
    with pytest.raises(labelling.NotAllowed):
        labelling.label(drawing=drawing, author=bert, digit=7)
    assert not Label.objects.exists()


def test_a_label_before_the_answer_still_counts(champion, anna):
    drawing = drawn_by(anna, answered=False)
    labelling.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert drawing.outcome == "waiting"
    worker.answer([drawing])
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_only_those_who_did_not_say_no_may_teach(champion, anna):
    shy = person("shy", teaches=False)
    mine, _ = drawn_by(anna), drawn_by(shy)
    assert list(Drawing.objects.may_teach()) == [mine]


def test_what_was_erased_meanwhile_is_not_labelled(champion, anna):
    drawing = drawn_by(anna)
    deleting.erase(Drawing.objects.all())
    with pytest.raises(Drawing.DoesNotExist):
        labelling.label(drawing=drawing, author=anna, digit=7)
    with pytest.raises(Drawing.DoesNotExist):
        labelling.withdraw_label(drawing)


def test_of_several_none_is_changed_where_one_was_deleted_meanwhile(champion, anna):
    kept, gone = drawn_by(anna), drawn_by(anna)
    for drawing in (kept, gone):
        labelling.label(drawing=drawing, author=anna, digit=4)
    deleting.delete(Drawing.objects.filter(pk=gone.pk))
    with pytest.raises(Drawing.DoesNotExist, match=f"Drawing {gone.pk} is not there."):
        labelling.label_each([kept.pk, gone.pk], author=anna, digit=7)
    with pytest.raises(Drawing.DoesNotExist):
        labelling.withdraw_labels([kept.pk, gone.pk])
    assert Drawing.objects.get().owner_label.digit == 4


def said_often(drawing: Drawing, author: User) -> None:
    """The author has labelled it as often as allowed."""
    one = Label(drawing=drawing, author=author, role=Label.Role.OWNER, digit=1)
    Label.objects.bulk_create([copy.copy(one) for _ in range(labelling.MOST_LABELS)])


def test_a_person_says_only_so_often_what_a_drawing_is(champion, anna, reviewer):
    often, other = drawn_by(anna), drawn_by(anna)
    said_often(often, anna)
    with pytest.raises(labelling.NotAllowed, match=f"drawing {often.pk} 100 times"):
        labelling.label(drawing=often, author=anna, digit=2)
    with pytest.raises(labelling.NotAllowed):
        labelling.label_each([other.pk, often.pk], author=anna, digit=2)
    assert not other.labels.exists()
    labelling.label(drawing=often, author=reviewer, digit=2)
    labelling.label_each([other.pk], author=anna, digit=2)


def test_a_reviewer_who_labels_many_is_told_of_the_one_labelled_too_often(champion, anna, reviewer):
    often, other = drawn_by(anna), drawn_by(anna)
    said_often(often, reviewer)
    done = service.many(reviewer, [often.pk, other.pk], 2)
    assert (done.count, done.gone) == (1, [often.pk])
