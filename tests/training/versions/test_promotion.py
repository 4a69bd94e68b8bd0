"""Tests promotion by hand and rollback."""

import pytest

from recognizer.answers import answering
from recognizer.models import Artifact, ModelVersion, User
from tests.people import drawn_by, person, register
from tests.training.helpers import leases
from training.models import Promotion
from training.runs import lifecycle
from training.versions import history, promotion

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db) -> User:
    return person("vera-of-versions", is_staff=True)


@pytest.fixture
def refused(champion) -> ModelVersion:
    """A version that the gate refused."""
    lease = leases.take(lifecycle.trigger(trigger="staff"))
    version = register(3, origin="trained")
    lease.record(champion=champion, challenger=version)
    lease.evaluating()
    lease.reject("It is worse.")
    return version


def champion_now() -> ModelVersion | None:
    return ModelVersion.objects.champion()


@pytest.mark.parametrize("reason", ["", "   "])
def test_against_the_gates_word_there_must_be_a_reason(champion, refused, staff, reason):
    with pytest.raises(promotion.NotPromoted, match="The gate refused version"):
        promotion.promote_by_hand(refused, staff, reason)
    assert champion_now() == champion
    assert not Promotion.objects.exists()


def test_with_a_reason_it_is_promoted_on_record(champion, refused, staff):
    record = promotion.promote_by_hand(refused, staff, " It reads our sevens. ")
    assert champion_now() == refused
    assert (record.version, record.previous, record.by, record.run, record.reason) == (
        refused,
        champion,
        staff,
        None,
        "It reads our sevens.",
    )


def test_what_never_met_the_gate_needs_a_reason_too(champion, staff):
    with pytest.raises(promotion.NotPromoted, match="has not let version"):
        promotion.promote_by_hand(register(3, origin="trained"), staff)


def test_back_to_any_version_that_answered_before_needs_none(champion, refused, staff):
    promotion.promote_by_hand(refused, staff, "For a try.")
    promotion.promote_by_hand(champion, staff)
    assert champion_now() == champion
    promotion.promote_by_hand(refused, staff)
    assert champion_now() == refused
    assert Promotion.objects.count() == 3


def test_what_a_run_promoted_is_a_way_back(champion, staff):
    lease = leases.take(lifecycle.trigger(trigger="staff"))
    version = register(3, origin="trained")
    lease.record(champion=champion, challenger=version)
    lease.evaluating()
    lease.promote(version)
    promotion.promote_by_hand(champion, staff)
    promotion.promote_by_hand(version, staff)
    assert champion_now() == version


def test_what_answers_already_is_not_promoted(champion, staff):
    with pytest.raises(promotion.NotPromoted, match="is in use already"):
        promotion.promote_by_hand(champion, staff)


def test_a_damaged_version_is_not_promoted(champion, refused, staff):
    Artifact.objects.filter(pk=refused.onnx_id).update(content=b"something else")
    with pytest.raises(promotion.NotPromoted, match="cannot answer"):
        promotion.promote_by_hand(refused, staff, "For a try.")
    assert champion_now() == champion


def test_a_version_of_an_ink_that_is_gone_is_not_promoted(champion, refused, staff):
    ModelVersion.objects.filter(pk=refused.pk).update(ink_version=9)
    refused.refresh_from_db()
    with pytest.raises(promotion.NotPromoted, match="Ink version 9"):
        promotion.promote_by_hand(refused, staff, "For a try.")


def test_it_answers_at_once_and_a_run_that_goes_on_promotes_nothing(
    champion, refused, staff, settings
):
    settings.CHAMPION_CHECK_SECONDS = 0
    drawing = drawn_by(staff)
    lease = leases.take(lifecycle.trigger(trigger="staff"))
    third = register(5, origin="trained")
    lease.record(champion=champion, challenger=third)
    lease.evaluating()
    promotion.promote_by_hand(refused, staff, "For a try.")
    assert answering.read_strokes(drawing.ink()).answer.digit == 3
    assert not lease.promote(third)
    assert champion_now() == refused


def test_a_newer_release_is_on_record_too(champion):
    """Else the version before it would seem to answer still."""
    newer = register(8)
    [record] = Promotion.objects.all()
    assert (record.version, record.previous, record.by) == (newer, champion, None)
    spans = history.tenures([champion, newer])
    assert [span.end for span in spans[champion.pk]] == [record.created_at]
    assert [span.end for span in spans[newer.pk]] == [None]


def test_the_first_release_replaces_nobody_and_is_no_promotion(champion):
    assert champion_now() == champion
    assert not Promotion.objects.exists()
