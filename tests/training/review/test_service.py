"""Tests the review queue: its order, its claims, and what a reviewer's label does."""

import datetime as dt
import random

import pytest
from django.utils import timezone

from recognizer import registry
from recognizer.models import Drawing, Label, Prediction, User
from recognizer.services import labelling
from tests.people import person
from tests.training.helpers import rows
from training import tasks
from training.models import Claim, DatasetRevision, DatasetSample, SetAside, Skip
from training.review import claims, queue, reasons, service
from training.review.queue import Filters

pytestmark = pytest.mark.django_db


class NeverRandom(random.Random):
    def random(self) -> float:
        return 0.99


def numbers(reviewer: User, count: int = 20, **filters: object) -> list[int]:
    shown = service.next_for(reviewer, count=count, filters=Filters(**filters), rng=NeverRandom())
    return [one.drawing.pk for one in shown]


def waiting(reviewer: User, **filters: object) -> list[int]:
    return list(queue.waiting_for(reviewer, Filters(**filters)))


# The order ---------------------------------------------------------------------------------------


def test_what_teaches_most_comes_first(champion, anna, rita, rolf):
    sure = rows.drawing(anna, version=champion)
    no_digit = rows.drawing(anna, version=champion, digit=None, confidence=0.9)
    unsure = rows.drawing(anna, version=champion, confidence=0.5)
    disputed = rows.drawing(anna, version=champion, truth=3)
    labelling.label(drawing=disputed, author=rolf, digit=4)
    older, newer = (rows.drawing(anna, version=champion, truth=1) for _ in range(2))

    shown = service.next_for(rita, count=20, rng=NeverRandom())

    assert [one.drawing for one in shown] == [newer, older, disputed, unsure, no_digit, sure]
    assert [one.why for one in shown] == [
        "Its owner says 1, the model says 7.",
        "Its owner says 1, the model says 7.",
        "People disagree: Its owner says 3. A reviewer says 4.",
        "The model hesitates between 7 and 9.",
        "It may be no digit: the model gives 20% that it is one.",
        "The model is sure; nobody has said yet what it is.",
    ]


def test_an_owner_who_says_that_it_is_no_digit_disagrees_too(champion, anna, rita):
    rows.drawing(anna, version=champion)
    none = rows.drawing(anna, version=champion, truth=None)
    assert waiting(rita)[0] == none.pk
    [first, *_] = service.next_for(rita, count=1, rng=NeverRandom())
    assert first.why == "Its owner says not a digit, the model says 7."


def test_what_is_never_shown(champion, anna, rita):
    rows.drawing(person("nora", teaches=False), version=champion, truth=1)
    rows.drawing(rita, version=champion, truth=1)
    rows.drawing(anna)  # not answered
    reviewed = rows.drawing(anna, version=champion, truth=1)
    labelling.label(drawing=reviewed, author=rita, digit=1)
    assert waiting(rita) == []


def test_two_people_disagree_until_a_third_sides_with_one(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion, truth=3)
    labelling.label(drawing=drawing, author=rita, digit=4)
    assert waiting(rita) == []  # who has spoken is not asked again
    assert waiting(rolf) == [drawing.pk]

    labelling.label(drawing=drawing, author=rolf, digit=3)

    drawing.refresh_from_db()
    assert (drawing.truth, drawing.disputed) == (3, False)
    assert waiting(person("ralf", is_staff=True)) == []


def test_an_owner_who_comes_round_ends_the_dispute(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion, truth=3)
    labelling.label(drawing=drawing, author=rita, digit=4)
    labelling.label(drawing=drawing, author=anna, digit=4)
    assert waiting(rolf) == []


def test_an_owner_who_took_their_label_back_is_no_party_to_a_dispute(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion, truth=3)
    labelling.label(drawing=drawing, author=rita, digit=4)
    labelling.withdraw_label(drawing)
    assert waiting(rolf) == []
    labelling.label(drawing=drawing, author=rolf, digit=5)
    assert reasons.opinions(drawing) == ["A reviewer says 4.", "A reviewer says 5."]


def test_copies_of_one_shape_do_not_follow_each_other(anna, rita):
    version = registry.register_shipped()
    other = [[[40, 40], [220, 40], [220, 220], [40, 220], [40, 40]], [[60, 130], [200, 130]]]
    others = [rows.drawing(anna, ink=other, version=version, truth=1) for _ in range(2)]
    copies = [rows.drawing(anna, version=version, truth=1) for _ in range(10)]

    found = numbers(rita)

    assert found[:2] == [copies[-1].pk, others[-1].pk]
    assert len(found) == 12


# Filters -----------------------------------------------------------------------------------------


def test_each_filter_lets_through_what_fits(champion, anna, rita):
    bert, second = person("bert"), rows.version(3)
    wrong = rows.drawing(anna, version=champion, truth=1)
    unsure = rows.drawing(bert, version=champion, digit=4, confidence=0.52)
    none = rows.drawing(anna, version=second, digit=None, confidence=0.9)
    right = rows.drawing(anna, version=second, digit=3, truth=3)
    found = {
        "state=disagreed": waiting(rita, state="disagreed"),
        "state=unsure": waiting(rita, state="unsure"),
        "state=not_a_digit": waiting(rita, state="not_a_digit"),
        "state=right": waiting(rita, state="right"),
        "state=unlabelled": waiting(rita, state="unlabelled"),
        "digit=4": waiting(rita, digit="4"),
        "digit=none": waiting(rita, digit="none"),
        "0.5 to 0.6": waiting(rita, least=0.5, most=0.6),
        "bert": waiting(rita, owner=bert.pk),
        "second": waiting(rita, version=second.pk),
        "bert and second": waiting(rita, version=second.pk, owner=bert.pk),
    }
    assert found == {
        "state=disagreed": [wrong.pk],
        "state=unsure": [unsure.pk],
        "state=not_a_digit": [none.pk],
        "state=right": [right.pk],
        "state=unlabelled": [unsure.pk, none.pk],
        "digit=4": [unsure.pk],
        "digit=none": [none.pk],
        "0.5 to 0.6": [unsure.pk],
        "bert": [unsure.pk],
        "second": [none.pk, right.pk],
        "bert and second": [],
    }


def test_what_was_set_aside_is_a_queue_of_its_own(champion, anna, rita):
    doubted, worse, used = (rows.drawing(anna, version=champion, truth=1) for _ in range(3))
    old, new = (
        DatasetRevision.objects.create(digest="a"),
        DatasetRevision.objects.create(digest="b"),
    )
    for dataset in (old, new):
        rows.run("rejected", dataset=dataset)
    DatasetRevision.objects.create(digest="a worker still writes it")
    _sample(old, used, set_aside=SetAside.DOUBTED)
    _sample(new, used)
    _sample(new, doubted, set_aside=SetAside.DOUBTED, doubt=0.8)
    _sample(new, worse, set_aside=SetAside.DISTRUSTED, doubt=0.9)

    assert waiting(rita, state="set_aside") == [worse.pk, doubted.pk]
    first, second = service.next_for(rita, count=5, filters=Filters(state="set_aside"))
    assert first.why == ("Its label, 1, was set aside: of a person whose labels keep being wrong.")
    assert second.why == "Its label, 1, was set aside: looks wrong."
    service.label(rita, worse.pk, 1)
    claims.release(rita, [doubted.pk])
    assert waiting(rita, state="set_aside") == [doubted.pk]


def _sample(dataset: DatasetRevision, drawing: Drawing, **fields: object) -> None:
    DatasetSample.objects.create(
        dataset=dataset,
        drawing_id=drawing.pk,
        label_id=drawing.label_id,
        digit=drawing.truth,
        subset="train",
        **fields,
    )


# Two reviewers -----------------------------------------------------------------------------------


def test_two_reviewers_never_get_the_same(champion, anna, rita, rolf):
    made = {rows.drawing(anna, version=champion).pk for _ in range(6)}
    hers, his = numbers(rita, 4), numbers(rolf, 4)
    assert len(hers) == 4
    assert set(hers).isdisjoint(his)
    assert set(hers) | set(his) == made
    assert numbers(rita) == []


def test_of_two_who_take_one_at_once_one_gets_it(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion)
    assert claims.claim(rita, [drawing.pk]) == {drawing.pk}
    assert claims.claim(rolf, [drawing.pk]) == set()
    assert claims.claim(rita, [drawing.pk]) == {drawing.pk}  # renewed


def test_a_claim_ends_by_itself(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion)
    assert numbers(rita) == [drawing.pk]
    Claim.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert numbers(rolf) == [drawing.pk]
    with pytest.raises(service.ClaimTaken):
        service.label(rita, drawing.pk, 3)
    assert not Label.objects.exists()


def test_what_has_expired_is_swept_and_what_is_held_is_not(champion, anna, rita, rolf):
    old, held, skipped = (rows.drawing(anna, version=champion).pk for _ in range(3))
    claims.claim(rita, [old, held])
    claims.skip(rita, skipped)
    Claim.objects.filter(drawing=old).update(until=timezone.now() - dt.timedelta(seconds=1))
    tasks.tend()
    assert list(Claim.objects.values_list("drawing", flat=True)) == [held]
    assert Skip.objects.count() == 1
    Skip.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    tasks.tend()
    assert not Skip.objects.exists()


def test_a_claim_is_given_back(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion)
    numbers(rita)
    claims.release(rolf, [drawing.pk])  # it is not his to give
    assert numbers(rolf) == []
    claims.release(rita, [drawing.pk])
    assert numbers(rolf) == [drawing.pk]


def test_what_is_gone_cannot_be_claimed(rita):
    assert claims.claim(rita, [12345]) == set()


# What a reviewer says ----------------------------------------------------------------------------


def test_a_reviewers_word_counts_and_nothing_is_overwritten(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion, truth=9)
    service.label(rita, drawing.pk, 4)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.reviewed, drawing.owner_label.digit) == (4, True, 9)
    said = [(one.author, one.role, one.digit) for one in drawing.labels.all()]
    assert said == [(rita, "reviewer", 4), (anna, "owner", 9)]
    assert not Claim.objects.exists()


def test_said_anew_the_newer_word_counts(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion)
    service.label(rita, drawing.pk, 4)
    service.label(rita, drawing.pk, None)
    drawing.refresh_from_db()
    assert (drawing.truth, drawing.truth_given) == (None, True)
    assert [one.digit for one in drawing.labels.all()] == [None, 4]


def test_a_request_sent_twice_is_one_word(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion)
    service.label(rita, drawing.pk, 4)
    service.label(rita, drawing.pk, 4)
    assert drawing.labels.count() == 1
    Label.objects.update(created_at=timezone.now() - dt.timedelta(minutes=2))
    service.label(rita, drawing.pk, 4)  # said again on purpose
    assert drawing.labels.count() == 2


def test_what_was_passed_by_comes_back_to_others_alone(champion, anna, rita, rolf):
    drawing = rows.drawing(anna, version=champion)
    numbers(rita)
    service.skip(rita, drawing.pk)
    assert waiting(rita) == []
    assert waiting(rolf) == [drawing.pk]
    Skip.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert waiting(rita) == [drawing.pk]
    service.skip(rita, drawing.pk)
    service.label(rita, drawing.pk, 1)
    assert not Skip.objects.exists()


@pytest.mark.parametrize("whose", ["mine", "of one who said no", "gone"])
def test_what_the_queue_never_shows_cannot_be_labelled(champion, rita, whose):
    owner = rita if whose == "mine" else person("nora", teaches=False)
    drawing = rows.drawing(owner, version=champion)
    number = drawing.pk + (whose == "gone")
    for act in (lambda: service.label(rita, number, 1), lambda: service.skip(rita, number)):
        with pytest.raises(Drawing.DoesNotExist):
            act()


def test_many_at_once(champion, anna, rita, rolf):
    one, two, held, unsure = (rows.drawing(anna, version=champion) for _ in range(4))
    none = rows.drawing(anna, version=champion, digit=None, confidence=0.9)
    Prediction.objects.filter(drawing=unsure).update(digit=None, verdict="unsure")
    Drawing.objects.filter(pk=unsure.pk).update(digit=None, verdict="unsure")
    claims.claim(rolf, [held.pk])

    done = service.many(rita, [one.pk, two.pk, held.pk, unsure.pk, none.pk, 12345], service.CONFIRM)

    assert (done.count, done.taken, done.unclaimed, done.gone) == (
        3,
        [held.pk],
        [unsure.pk],
        [12345],
    )
    assert list(Drawing.objects.filter(reviewed=True).values_list("truth", flat=True)) == [
        None,
        7,
        7,
    ]
    assert service.many(rita, [one.pk], 3).count == 1
    assert service.many(rita, [unsure.pk], service.SKIP).count == 1
    with pytest.raises(ValueError, match="At most 100"):
        service.many(rita, list(range(101)), 3)
