"""The random tenth, and what it says of the answers."""

import random

import pytest

from recognizer.models import Drawing
from recognizer.services import labelling
from tests.people import person
from tests.training.helpers import rows
from training.models import SpotCheck
from training.review import claims, service, spot_checks
from training.review.queue import Filters

pytestmark = pytest.mark.django_db


class AlwaysRandom(random.Random):
    def random(self) -> float:
        return 0.0


def test_about_a_tenth_is_drawn_at_random(champion, anna, rita):
    for _ in range(40):
        rows.drawing(anna, version=champion)
    rng, drawn = random.Random(5), 0
    for _ in range(10):
        shown = service.next_for(rita, count=20, rng=rng)
        drawn += sum(one.at_random for one in shown)
        claims.release(rita, [one.drawing.pk for one in shown])
        SpotCheck.objects.all().delete()
    assert 8 <= drawn <= 35


@pytest.mark.slow
def test_each_drawing_is_drawn_as_often(champion, anna, rita):
    """Also those at the end of the queue's order."""
    made = [rows.drawing(anna, version=champion, truth=[1, 7][n % 2]).pk for n in range(8)]
    Drawing.objects.filter(pk=made.pop(3)).delete()  # a gap favours nobody
    rng, drawn = random.Random(1), dict.fromkeys(made, 0)
    for _ in range(210):
        drawn[spot_checks.draw(rita, rng)] += 1
        SpotCheck.objects.all().delete()
    assert all(17 <= count <= 45 for count in drawn.values()), drawn


def test_it_is_shown_with_its_reason_and_known_ever_after(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion)
    [shown] = service.next_for(rita, count=1, rng=AlwaysRandom())
    assert shown.at_random
    assert shown.why == "Drawn at random, to measure how often the answers are right."
    service.label(rita, drawing.pk, 3)
    check = SpotCheck.objects.get()
    assert (check.drawing, check.digit, check.model_version) == (drawing, 7, champion)


def test_one_of_those_that_come_next_may_be_drawn_and_the_others_still_come(champion, anna, rita):
    made = {rows.drawing(anna, version=champion).pk for _ in range(3)}
    for seed in range(5):
        shown = service.next_for(rita, count=3, rng=AlwaysRandom(seed))
        assert {one.drawing.pk for one in shown} == made
        claims.release(rita, made)
        SpotCheck.objects.all().delete()


def test_with_a_filter_none_is_drawn(champion, anna, rita):
    rows.drawing(anna, version=champion)
    service.next_for(rita, count=1, filters=Filters(digit="7"), rng=AlwaysRandom())
    assert not SpotCheck.objects.exists()


def test_one_that_is_open_comes_before_a_new_one(champion, anna, rita):
    rolf = person("rolf", is_staff=True)
    for _ in range(5):
        rows.drawing(anna, version=champion)
    number = spot_checks.draw(rita, random.Random(1))
    service.skip(rita, number)
    assert spot_checks.draw(rolf, random.Random(2)) == number
    assert spot_checks.draw(rita, random.Random(2)) != number


def test_what_was_reviewed_already_counts_when_it_is_drawn(champion, anna, rita):
    """Else the sample would lack the hard ones, which the queue shows first."""
    reviewed = rows.drawing(anna, version=champion, truth=1)
    service.label(rita, reviewed.pk, 1)
    assert spot_checks.draw(rita, random.Random(1)) is None
    assert spot_checks.estimate() == spot_checks.Estimate(hits=0, count=1)


def test_what_another_holds_is_in_the_sample_but_not_shown(champion, anna, rita):
    rolf = person("rolf", is_staff=True)
    drawing = rows.drawing(anna, version=champion)
    claims.claim(rolf, [drawing.pk])
    assert spot_checks.draw(rita, random.Random(1)) is None
    assert SpotCheck.objects.get().drawing == drawing


def test_the_estimate_counts_the_random_ones_alone(champion, anna, rita):
    for n in range(6):
        drawing = rows.drawing(anna, version=champion)
        labelling.label(drawing=drawing, author=rita, digit=[7, 7, 7, 1, None, 1][n])
        if n < 5:
            SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
    none = rows.drawing(anna, version=champion, digit=None)
    labelling.label(drawing=none, author=rita, digit=None)
    SpotCheck.objects.create(drawing=none, digit=None, model_version=rows.version(3))
    still_open = rows.drawing(anna, version=champion)
    SpotCheck.objects.create(drawing=still_open, digit=7, model_version=champion)

    found = spot_checks.estimate()

    assert (found.hits, found.count, found.share) == (4, 6, 4 / 6)
    low, high = found.interval
    assert (round(low, 3), round(high, 3)) == (0.3, 0.903)  # Wilson's, as tables have it
    assert spot_checks.estimate(champion.pk) == spot_checks.Estimate(hits=3, count=5)


def test_what_is_said_once_the_answer_was_shown_does_not_count(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion, digit=7)
    SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
    for digit in (1, 7):
        service.label(rita, drawing.pk, digit)
    labelling.label(drawing=drawing, author=anna, digit=7)
    service.label(person("rolf", is_staff=True), drawing.pk, 7)
    assert Drawing.objects.get().truth == 7
    assert spot_checks.estimate() == spot_checks.Estimate(hits=0, count=1)


def test_without_any_nothing_is_claimed(db):
    found = spot_checks.estimate()
    assert (found.share, found.interval) == (None, (0.0, 1.0))


def test_of_no_drawings_none_is_drawn(rita):
    assert spot_checks.draw(rita, random.Random(1)) is None
