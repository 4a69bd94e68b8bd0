"""What happens to a drawing, without the web in front."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.models.signals import pre_delete
from kombu.exceptions import OperationalError

from recognizer import registry, services
from recognizer.accounts import roles
from recognizer.answers import current, serving, stored
from recognizer.ink import rasterize, strokes
from recognizer.models import AuditEvent, Drawing, Label, User
from tests import networks
from tests.people import SEVEN, drawn_by, person, register
from tests.recognizer.images import encoded, seven

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
    serving.model_cache.forget()
    stored.answer([drawing])
    drawing.refresh_from_db()
    assert drawing.digit == 3
    assert [one.digit for one in drawing.predictions.all()] == [3, 7]


def test_an_older_prediction_heard_late_does_not_become_the_answer(champion, anna):
    drawing = drawn_by(anna)
    older = drawing.answer
    register(3)
    serving.model_cache.forget()
    stored.answer([drawing])
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
    services.label(drawing=drawing, author=anna, digit=digit)
    drawing.refresh_from_db()
    assert drawing.outcome == outcome


def test_not_a_digit_is_right_where_the_answer_names_none(db, anna):
    register(7, is_digit=0.1)
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=None)
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_the_newest_label_counts_and_the_older_stays(champion, anna):
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=1)
    services.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.outcome) == (7, "right")
    assert [label.digit for label in drawing.labels.all()] == [7, 1]


def test_a_reviewer_outranks_the_owner_also_later(champion, anna, reviewer):
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=reviewer, digit=4)
    services.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.reviewed, drawing.label.role) == (4, True, "reviewer")


def test_a_reviewers_newest_word_counts(champion, anna, reviewer):
    drawing = drawn_by(anna)
    for digit in (4, 5):
        services.label(drawing=drawing, author=reviewer, digit=digit)
    drawing.refresh_from_db()
    assert drawing.truth == 5


def test_staff_speak_as_owners_of_their_own(champion, reviewer):
    drawing = drawn_by(reviewer)
    assert services.label(drawing=drawing, author=reviewer, digit=7).role == Label.Role.OWNER


def test_what_is_taken_back_no_longer_counts_and_stays_on_record(champion, anna):
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=1)
    services.withdraw_label(drawing)
    drawing.refresh_from_db()
    assert (drawing.label, drawing.owner_label, drawing.truth) == (None, None, None)
    assert drawing.outcome == "unlabelled"
    assert [str(label) for label in drawing.labels.all()] == ["withdrawn by owner", "1 by owner"]
    services.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_where_nothing_was_said_nothing_is_taken_back(champion, anna):
    drawing = drawn_by(anna)
    services.withdraw_label(drawing)
    assert not drawing.labels.exists()


def test_a_reviewers_label_stays_when_the_owner_takes_theirs_back(champion, anna, reviewer, rita):
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=1)
    services.label(drawing=drawing, author=reviewer, digit=4)
    drawing.refresh_from_db()
    assert drawing.disputed
    services.withdraw_label(drawing)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.owner_label, drawing.disputed) == (4, None, False)


def test_a_stranger_may_not_label(champion, anna, bert):
    drawing = drawn_by(anna)
    with pytest.raises(services.NotAllowed):
        services.label(drawing=drawing, author=bert, digit=7)
    assert not Label.objects.exists()


def test_a_label_before_the_answer_still_counts(champion, anna):
    drawing = drawn_by(anna, answered=False)
    services.label(drawing=drawing, author=anna, digit=7)
    drawing.refresh_from_db()
    assert drawing.outcome == "waiting"
    stored.answer([drawing])
    drawing.refresh_from_db()
    assert drawing.outcome == "right"


def test_only_those_who_did_not_say_no_may_teach(champion, anna):
    shy = person("shy", teaches=False)
    mine, _ = drawn_by(anna), drawn_by(shy)
    assert list(Drawing.objects.may_teach()) == [mine]


def test_blank_ink_is_not_kept(anna):
    blank = strokes.Strokes(
        points=services.ink_strokes.parse(SEVEN, width=280, height=280).points[:0],
        starts=services.ink_strokes.parse(SEVEN, width=280, height=280).starts[:0],
        width=9,
        height=9,
    )
    with pytest.raises(rasterize.NoInk):
        services.keep_strokes(owner=anna, strokes=blank)
    assert not Drawing.objects.exists()


def test_the_sweep_asks_once_for_all_that_wait(champion, anna, broker):
    drawn_by(anna)
    for _ in range(2):
        drawn_by(anna, answered=False)
    assert services.sweep() == 2
    assert broker.tasks() == [("recognizer.sweep", [])]


def test_without_a_broker_the_sweep_says_so_and_loses_nothing(champion, anna, no_broker):
    drawn_by(anna, answered=False)
    with pytest.raises(OperationalError):
        services.sweep()
    assert Drawing.objects.waiting().count() == 1


def test_many_drawings_are_deleted_in_batches(champion, anna, bert, monkeypatch):
    monkeypatch.setattr(services, "CHANGED_AT_ONCE", 2)
    for _ in range(5):
        drawn_by(anna)
    other = drawn_by(bert)
    assert services.delete(Drawing.objects.owned_by(anna)) == 5
    assert list(Drawing.objects.all()) == [other]


def erased() -> list[str]:
    """What the audit log tells of drawings that are gone for ever."""
    told = AuditEvent.objects.filter(kind=AuditEvent.Kind.ERASED)
    return list(told.order_by("pk").values_list("about", flat=True))


def test_what_is_erased_is_logged_even_when_the_rest_fails(champion, anna, monkeypatch):
    monkeypatch.setattr(services, "CHANGED_AT_ONCE", 2)
    going = []
    for _ in range(5):
        drawn_by(anna)

    def stop(instance: Drawing, **kwargs: object) -> None:
        going.append(instance)
        if len(going) == 3:
            raise KeyboardInterrupt

    pre_delete.connect(stop, sender=Drawing)
    try:
        with pytest.raises(KeyboardInterrupt):
            services.erase(Drawing.objects.all())
    finally:
        pre_delete.disconnect(stop, sender=Drawing)
    assert (Drawing.objects.count(), erased()) == (3, ["2 drawings"])
    assert services.erase(Drawing.objects.all()) == 3
    assert services.erase(Drawing.objects.all()) == 0
    assert erased() == ["2 drawings", "2 drawings", "1 drawing"]


def test_an_account_goes_with_its_drawings(champion, anna, bert):
    drawn_by(anna)
    other = drawn_by(bert)
    services.delete_account(anna)
    assert list(Drawing.objects.all()) == [other]
    assert not anna.__class__.objects.filter(username="anna").exists()


def test_ink_is_kept_where_the_champions_ink_version_finds_some(anna, monkeypatch):
    """Version 3 sees no writing in an image in which the others see some."""
    blind = replace(rasterize.VERSIONS[1], ink_of=lambda image: None)
    monkeypatch.setitem(rasterize.VERSIONS, 3, blind)
    services.keep_image(owner=anna, content=encoded(seven()))
    registry.register(
        onnx=networks.saying(3),
        safetensors=b"",
        manifest=networks.MANIFEST | {"ink_version": 3},
        origin="trained",
    )
    serving.model_cache.forget()
    with pytest.raises(rasterize.NoInk):
        services.keep_image(owner=anna, content=encoded(seven()))


# Accounts that go meanwhile ----------------------------------------------------------------------


def test_what_was_erased_meanwhile_is_not_labelled(champion, anna):
    drawing = drawn_by(anna)
    services.erase(Drawing.objects.all())
    with pytest.raises(Drawing.DoesNotExist):
        services.label(drawing=drawing, author=anna, digit=7)
    with pytest.raises(Drawing.DoesNotExist):
        services.withdraw_label(drawing)


def test_of_several_none_is_changed_where_one_was_deleted_meanwhile(champion, anna):
    kept, gone = drawn_by(anna), drawn_by(anna)
    for drawing in (kept, gone):
        services.label(drawing=drawing, author=anna, digit=4)
    services.delete(Drawing.objects.filter(pk=gone.pk))
    with pytest.raises(Drawing.DoesNotExist, match=f"Drawing {gone.pk} is not there."):
        services.label_each([kept.pk, gone.pk], author=anna, digit=7)
    with pytest.raises(Drawing.DoesNotExist):
        services.withdraw_labels([kept.pk, gone.pk])
    assert Drawing.objects.get().owner_label.digit == 4


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_who_left_meanwhile_keeps_and_labels_nothing(champion, broker, anna, reviewer):
    """A foreign key to nobody is noticed at the end of a transaction."""
    drawing = drawn_by(anna)
    left = reviewer.pk
    assert reviewer.has_perm(roles.REVIEW)  # which is known from now on
    services.delete_account(reviewer)
    reviewer.pk = left
    with pytest.raises(services.NotAllowed, match="account was deleted"):
        services.label(drawing=drawing, author=reviewer, digit=7)
    with pytest.raises(services.NotAllowed, match="account was deleted"):
        services.keep_strokes(owner=reviewer, strokes=strokes.parse(SEVEN, width=280, height=280))
    assert not Label.objects.exists()
    assert Drawing.objects.count() == 1


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_an_account_goes_although_a_program_of_its_owner_goes_on_saving(champion, broker, anna):
    """A drawing comes after each statement of the deletion that may still miss it."""

    def save() -> None:  # SQLite in memory lets nobody wait
        with suppress(services.NotAllowed, DatabaseError), closing(connections[DEFAULT_DB_ALIAS]):
            services.keep_strokes(owner=owner, strokes=strokes.parse(SEVEN, width=280, height=280))

    def save_after(execute, sql, *rest):
        done = execute(sql, *rest)
        if sql.startswith("SELECT"):
            saving.append(threads.submit(save))
            wait(saving, timeout=0.2)
        return done

    owner, saving = User.objects.get(), []
    with ThreadPoolExecutor() as threads, connection.execute_wrapper(save_after):
        services.delete_account(anna)
    assert len(saving) > 1
    assert not any(one.exception() for one in saving)
    assert not User.objects.exists() and not Drawing.all_objects.exists()
