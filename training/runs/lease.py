"""A worker's lease of a run: everything that the worker writes to the run goes through it.

Every write names the lease (compare-and-swap). A worker that lost it, because it was presumed dead
or because staff cancelled the run, changes nothing more: its next write raises LeaseLost.
"""

import datetime as dt
import time
from typing import Any

from django.db import transaction
from django.utils import timezone

from recognizer import registry
from recognizer.models import ModelVersion
from training.models import Checkpoint, Promotion, TrainingRun
from training.models.runs import TrainingRunQuerySet
from training.runs.training_curve import TrainingCurve
from training.wording import CANCELLED

State = TrainingRun.State
WRITE_SECONDS = 1.0
LONGEST_PHASE = 60
LONGEST_REASON = 2000


class LeaseLost(Exception):
    """The work must stop: another worker has the run, it has ended, or is to be cancelled."""


class RunLease:
    """One run, held under a lease. Every method that writes raises LeaseLost where it is lost."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self._held = TrainingRun.objects.held_by(run.lease)
        self._curve = TrainingCurve(run.curve)
        self._is_over = False
        self._written_at = 0.0
        self._phase_began: tuple[float, int] | None = None  # when, and at which step

    @property
    def working(self) -> TrainingRunQuerySet:
        """The run, while this lease holds it and nobody asked to cancel it; else no row."""
        return self._held.filter(cancel_asked=False)

    @property
    def is_cancelled(self) -> bool:
        """Whether staff asked to cancel the run, and this lease still holds it."""
        return self._held.filter(cancel_asked=True).exists()

    @property
    def is_over(self) -> bool:
        """Whether this worker ended the run."""
        return self._is_over

    # Progress ---------------------------------------------------------------------------------

    def phase(self, name: str, *, steps: int = 0) -> None:
        """Begins a phase of `steps` steps; 0 where their number is not known."""
        self._phase_began = None
        self._write(phase=name[:LONGEST_PHASE], step=0, steps=steps, phase_ends_at=None)

    def progress(
        self,
        step: int,
        *,
        loss: float | None = None,
        accuracy: float | None = None,
        validation: float | None = None,
    ) -> None:
        """Reports that so many steps of the phase are done. Cheap: call it at every step.

        Where a step is not above the last one, the curve is continued from this step, as in a run
        that goes on from its checkpoint.
        """
        if loss is not None or accuracy is not None or validation is not None:
            self._curve.add(step, loss=loss, accuracy=accuracy, validation=validation)
        if self._phase_began is None:
            self._phase_began = (time.monotonic(), step)
        self.run.step = step
        is_last = step == self.run.steps
        if is_last or time.monotonic() - self._written_at >= WRITE_SECONDS:
            self._write(step=step, curve=self._curve.points, phase_ends_at=self._end_of_phase())
            self._written_at = time.monotonic()

    def _end_of_phase(self) -> dt.datetime | None:
        if self._phase_began is None:
            return None
        began, first = self._phase_began
        done, left = self.run.step - first, self.run.steps - self.run.step
        if done <= 0 or left < 0:
            return None
        seconds = (time.monotonic() - began) / done * left
        return timezone.now() + dt.timedelta(seconds=seconds)

    def evaluating(self) -> None:
        """Reports that champion and challenger are compared now."""
        self._write(state=State.EVALUATING, curve=self._curve.points)

    # Results ----------------------------------------------------------------------------------

    def record(self, **fields: Any) -> None:
        """Writes these fields of the run: dataset, champion, challenger, evidence, decision."""
        self._write(**fields)

    def save_checkpoint(self, content: bytes) -> None:
        """Stores what another worker needs to resume if this one dies. Replaces the last one."""
        with transaction.atomic():
            self._write(heartbeat_at=timezone.now())
            Checkpoint.objects.update_or_create(run=self.run, defaults={"content": content})

    def checkpoint(self) -> bytes | None:
        """The last checkpoint, whichever worker stored it; None where there is none."""
        found = Checkpoint.objects.filter(run=self.run).values_list("content", flat=True).first()
        return None if found is None else bytes(found)

    # Ends -------------------------------------------------------------------------------------

    def skip(self, reason: str) -> None:
        """Ends the run: there was nothing to do."""
        self._end(self.working, State.SKIPPED, reason)

    def reject(self, reason: str) -> None:
        """Ends the run: the champion stays."""
        self._end(self.working, State.REJECTED, reason)

    def fail(self, reason: str) -> None:
        """Ends the run as failed."""
        self._end(self.working, State.FAILED, reason)

    def cancelled(self) -> None:
        """Ends the run: staff asked for it."""
        self._end(self._held, State.CANCELLED, CANCELLED)

    def promote(self, version: ModelVersion, reason: str = "") -> bool:
        """Ends the run: this version answers from now on. One transaction.

        Returns False, and ends the run as rejected, where the champion is no longer the one that
        the run began with: the version was measured against another.
        """
        try:
            self._promote(version, reason)
        except registry.ChampionChanged as error:
            self.reject(f"It was measured against a champion that no longer answers. {error}")
            return False
        return True

    def _promote(self, version: ModelVersion, reason: str) -> None:
        with transaction.atomic():
            self._write_end(self.working.filter(state=State.EVALUATING), State.PROMOTED, reason)
            previous = registry.promote(version, instead_of=self.run.champion)
            Promotion.objects.create(
                version=version, previous=previous, run=self.run, reason=reason
            )
        self._is_over = True

    # Compare-and-swap -------------------------------------------------------------------------

    def _end(self, expected: TrainingRunQuerySet, state: str, reason: str) -> None:
        with transaction.atomic():
            self._write_end(expected, state, reason)
        self._is_over = True  # not before, since the transaction may fail until here

    def _write_end(self, expected: TrainingRunQuerySet, state: str, reason: str) -> None:
        self._swap(
            expected,
            state=state,
            reason=reason[:LONGEST_REASON],
            curve=self._curve.points,
            phase="",
            phase_ends_at=None,
            ended_at=timezone.now(),
        )
        Checkpoint.objects.filter(run=self.run).delete()

    def _write(self, **fields: Any) -> None:
        self._swap(self.working, **fields)

    def _swap(self, expected: TrainingRunQuerySet, **fields: Any) -> None:
        """Writes fields of the run. Raises LeaseLost if its row is not, or no longer, as
        expected."""
        if not expected.update(**fields):
            raise LeaseLost(f"{self.run} is another worker’s, over, or to be cancelled.")
        for name, value in fields.items():
            setattr(self.run, name, value)
