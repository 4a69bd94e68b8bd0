"""Starts a run when there are enough new labels, or enough again after a run that failed."""

import datetime as dt

from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from recognizer.models import Drawing, ModelVersion
from training.models import DatasetSample, TrainingRun
from training.runs import lifecycle, schedule

State, Trigger = TrainingRun.State, TrainingRun.Trigger

# Labels of a run that failed or was cancelled count again after this long, if one more has come.
COUNT_AGAIN_AFTER = dt.timedelta(hours=1)


def start_run() -> TrainingRun | None:
    """Makes a run if enough drawings got labels that no earlier run considered: as many as were
    chosen on the runs page, else RETRAIN_AFTER_LABELS.

    The same labels never start two runs, with one exception: those of a run that failed or was
    cancelled count again, but not at once and not by themselves. Otherwise a run that always fails
    would be started for ever.
    """
    enough = schedule.labels_needed()
    if not enough or TrainingRun.objects.active().exists():
        return None
    if _since(TrainingRun.objects.all(), enough) < enough and not _enough_again(enough):
        return None
    return lifecycle.trigger(trigger=Trigger.LABELS)


def _enough_again(enough: int) -> bool:
    """Whether the labels of a failed or cancelled run may start another."""
    lately = TrainingRun.objects.filter(ended_at__gt=timezone.now() - COUNT_AGAIN_AFTER)
    if lately.filter(state__in=[State.FAILED, State.CANCELLED]).exists():
        return False
    return _since(TrainingRun.objects.all(), 1) == 1 and new_labels(enough) >= enough


def new_labels(most: int) -> int:
    """How many drawings for training got their current label since the last run that considered it.

    Counts no further than `most`.
    """
    return _since(TrainingRun.objects.considered_labels(), most)


def _since(runs: QuerySet[TrainingRun], most: int) -> int:
    """How many drawings, `most` at most, have labels newer than those that these runs saw."""
    until = runs.aggregate(last=Max("labels_until"))["last"] or 0
    new = Drawing.objects.may_teach().filter(label_id__gt=until)
    return new.order_by()[:most].count()


def would_be_skipped() -> bool:
    """Whether a run now would find exactly the drawings and labels of the last decided one."""
    last = TrainingRun.objects.decided().first()
    if last is None or not is_exhausted(last):
        return False
    samples = DatasetSample.objects.filter(dataset=last.dataset_id)
    known = samples.filter(drawing_id=OuterRef("pk"), label_id=OuterRef("label_id"))
    there = Drawing.objects.may_teach().filter(truth_given=True).order_by()
    if there.filter(~Exists(known), label_id__gt=last.labels_until or 0).exists():
        return False  # the usual case, checked first: counting all labels takes long
    return samples.count() == there.count() and not there.filter(~Exists(known)).exists()


def is_exhausted(run: TrainingRun) -> bool:
    """Whether the same dataset again would be in vain: its run was promoted, or rejected by the
    gate against the version that is champion now."""
    if run.state == State.PROMOTED:
        return True
    champion = ModelVersion.objects.champion()
    return run.champion_id == (champion and champion.pk) and not run.decision.get("promote")
