"""What training makes of drawings that their owners deleted and may still bring back."""

import random

import pytest

from recognizer.models import Drawing
from recognizer.services import deleting
from tests.training.helpers import rows
from training.datasets import erasure, pictures, revisions
from training.models import DatasetSample, SpotCheck
from training.monitoring import metrics
from training.review import claims, queue, service, spot_checks
from training.runs import label_trigger

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def deleted(champion, anna) -> Drawing:
    """A labelled drawing that its owner deletes, and that a dataset knows."""
    drawing = rows.drawing(anna, version=champion, digit=7, truth=4)
    rows.dataset([drawing])
    SpotCheck.objects.create(drawing=drawing, digit=7, model_version=champion)
    Drawing.objects.filter(pk=drawing.pk).update(reviewed=True)
    deleting.delete(Drawing.objects.filter(pk=drawing.pk))
    return drawing


def restore() -> None:
    deleting.restore(Drawing.all_objects.deleted())


def test_no_new_run_learns_from_it_until_it_is_back(deleted):
    assert revisions.rows() == []
    assert list(pictures.readable([deleted.pk], version=1)) == []
    assert label_trigger.new_labels(10) == 0
    restore()
    assert [row.drawing for row in revisions.rows()] == [deleted.pk]
    assert list(pictures.readable([deleted.pk], version=1)) == [deleted.pk]


def test_a_dataset_forgets_it_once_it_is_gone_for_ever(deleted):
    erasure.forget_deleted()
    assert DatasetSample.objects.get().digit == 4
    deleting.erase(Drawing.all_objects.deleted())
    erasure.forget_deleted()
    assert DatasetSample.objects.get().digit is None


def test_the_dashboard_does_not_count_it(deleted):
    assert sum(day.owners for day in metrics.labels_by_day(30)) == 0
    assert metrics.errors_in_use() == []
    assert metrics.confidence_by_day(30) == []
    assert spot_checks.estimate().count == 0
    restore()
    assert sum(day.owners for day in metrics.labels_by_day(30)) == 1
    assert [one.count for one in metrics.errors_in_use()] == [1]
    assert spot_checks.estimate().count == 1


def test_no_reviewer_is_shown_it(champion, anna, rita):
    drawing = rows.drawing(anna, version=champion, digit=7, confidence=0.5)
    assert claims.claim(rita, [drawing.pk]) == {drawing.pk}
    deleting.delete(Drawing.objects.filter(pk=drawing.pk))
    assert claims.claim(rita, [drawing.pk]) == set()
    assert queue.remaining(rita) == 0
    claims.release(rita, [drawing.pk])
    assert service.next_for(rita, count=10) == []
    assert spot_checks.draw(rita, random.Random(1)) is None
    with pytest.raises(Drawing.DoesNotExist):
        service.label(rita, drawing.pk, 7)
