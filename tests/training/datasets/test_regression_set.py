"""The regression set: reviewed mistakes, read by real small networks."""

import pytest

from recognizer.models import Drawing, ModelVersion, User
from tests import networks
from tests.training.helpers import rows
from training.datasets import regression_set
from training.ml.network.onnx_reader import Reader
from training.models import TrainingRun

pytestmark = pytest.mark.django_db
State = TrainingRun.State


def misread(owner: User, version: ModelVersion, *, digit: int | None = 7, truth: int | None = 4,
            reviewer: User | None = None) -> Drawing:  # fmt: skip
    """Answered by the version; a reviewer, or else its owner, said what it is."""
    role = "reviewer" if reviewer else "owner"
    return rows.drawing(
        owner, version=version, digit=digit, truth=truth, role=role, author=reviewer or owner
    )


def numbers_of(digit: int) -> list[int]:
    """The pack's drawings where the champion says this digit of everything."""
    found = regression_set.load(Reader(networks.saying(digit)), version=1)
    assert found.pictures.shape == (len(found.ids), 28, 28)
    assert len(found.labels) == len(found.ids)
    return found.ids.tolist()


def test_a_mistake_that_the_champion_no_longer_makes(champion, anna, reviewer) -> None:
    """It was answered once, wrong, and never again: the champion is asked now."""
    mistake = misread(anna, champion, reviewer=reviewer)
    assert numbers_of(4) == [mistake.pk]
    found = regression_set.load(Reader(networks.saying(4)), version=1)
    assert found.labels.tolist() == [4]
    assert found.pictures.any()


def test_what_the_champion_still_misreads_is_no_regression(champion, anna, reviewer) -> None:
    misread(anna, champion, reviewer=reviewer)
    assert numbers_of(7) == numbers_of(3) == []


def test_an_answer_without_a_digit_was_a_mistake_too(champion, anna, reviewer) -> None:
    assert numbers_of(4) == []
    mistake = misread(anna, champion, digit=None, reviewer=reviewer)
    assert numbers_of(4) == [mistake.pk]


def test_a_mistake_of_an_earlier_version_counts(champion, anna, reviewer) -> None:
    """The newest answer is right; the first was not."""
    drawing = misread(anna, champion, reviewer=reviewer)
    rows.predict(drawing, rows.version(4, parent=champion), digit=4)
    assert numbers_of(4) == [drawing.pk]


def test_what_is_left_out(champion, anna, bert, reviewer) -> None:
    misread(anna, champion)  # no reviewer
    misread(anna, champion, digit=4, reviewer=reviewer)  # never misread
    misread(anna, champion, truth=None, reviewer=reviewer)  # no digit
    misread(bert, champion, reviewer=reviewer)
    bert.teaches = False
    bert.save()
    misread(anna, champion, reviewer=reviewer).delete()
    assert numbers_of(4) == []


@pytest.mark.usefixtures("broker")
def test_what_promoted_runs_mended_stays_in_it(champion, anna, reviewer) -> None:
    """Even where today's champion misreads it: a challenger that does not is the better one."""
    mended, refused, said_anew, unreviewed = (
        misread(anna, champion, reviewer=who) for who in (reviewer, reviewer, reviewer, None)
    )
    seen = rows.evidence(fixed=[mended, said_anew, unreviewed])
    fours = rows.version(4, parent=champion)
    rows.run(State.PROMOTED, challenger=fours, evidence=seen)
    rejected = rows.version(4, sure=0.98, parent=champion)
    rows.run(State.REJECTED, challenger=rejected, evidence=rows.evidence(fixed=[refused]))
    rows.label(said_anew, 9, role="reviewer", author=reviewer)
    assert numbers_of(3) == [mended.pk]
    assert numbers_of(9) == [mended.pk, said_anew.pk]
    assert numbers_of(4) == [mended.pk, refused.pk]


def test_the_newest_are_taken(champion, anna, reviewer, monkeypatch) -> None:
    monkeypatch.setattr(regression_set, "AT_ONCE", 2)
    monkeypatch.setattr(regression_set, "MOST", 3)
    made = [misread(anna, champion, reviewer=reviewer).pk for _ in range(7)]
    assert numbers_of(4) == made[-3:]
    monkeypatch.setattr(regression_set, "MOST", 100)
    assert numbers_of(4) == made
    monkeypatch.setattr(regression_set, "MOST_ASKED", 4)
    assert numbers_of(4) == made[-4:]
