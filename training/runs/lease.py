"""A run in this worker's lease: what the work of a run may say and do.

Every write names the lease that the worker took. A worker that was believed dead, and lives, has
lost it to another, and changes nothing more.
"""

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from recognizer import registry
from recognizer.models import ModelVersion
from training.models import Checkpoint, Promotion, TrainingRun
from training.runs.learning_curve import Curve

State = TrainingRun.State
WRITES_APART = 1.0
LONGEST_PHASE = 60
LONGEST_REASON = 2000


class Interrupted(BaseException):
    """The work must end here. No Exception: no handler within the work may swallow it."""


class Cancelled(Interrupted):
    """Staff asked for the run to end."""


class LeaseLost(Interrupted):
    """The run is another worker's now, or is over."""


class TookTooLong(Interrupted):
    """Its worker was at the run for longer than RUN_MOST_SECONDS."""


class RunLease:
    """One run, held by lease. Its methods raise Interrupted where the work must end."""

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self.lease = run.lease
        self.signalled = (
            False  # whether a signal comes to where the work is: training/runs/heartbeat.py
        )
        self._curve = Curve(run.curve)
        self._stop: Interrupted | None = None
        self._stop_since: float | None = None
        self._at_once = 0
        self._is_over = False
        self._shown_at = 0.0
        self._began = (time.monotonic(), 0)

    # How it goes ------------------------------------------------------------------------------

    def phase(self, words: str, *, steps: int = 0) -> None:
        """Says what is done now, and of how many steps it consists, if that is known."""
        self._began = (time.monotonic(), -1)
        self._write(phase=words[:LONGEST_PHASE], step=0, steps=steps, phase_ends_at=None)

    def progress(
        self,
        step: int,
        *,
        loss: float | None = None,
        accuracy: float | None = None,
        validation: float | None = None,
    ) -> None:
        """Says that so many steps of the phase are done. Cheap: call it at every step.

        A step that is not above the last one begins the curve again from there, as a run does
        that goes on from its checkpoint.
        """
        self.check()
        if loss is not None or accuracy is not None or validation is not None:
            self._curve.add(step, loss=loss, accuracy=accuracy, validation=validation)
        if self._began[1] < 0:
            self._began = (time.monotonic(), step)
        self.run.step = step
        is_last = step == self.run.steps
        if is_last or time.monotonic() - self._shown_at >= WRITES_APART:
            self._write(step=step, curve=self._curve.points, phase_ends_at=self._end_of_phase())
            self._shown_at = time.monotonic()

    def evaluating(self) -> None:
        """Says that the champion and the challenger are compared now."""
        self._write(state=State.EVALUATING, curve=self._curve.points)

    def _end_of_phase(self) -> dt.datetime | None:
        started, first = self._began
        done, left = self.run.step - first, self.run.steps - self.run.step
        if done <= 0 or left < 0:
            return None
        seconds = (time.monotonic() - started) / done * left
        return timezone.now() + dt.timedelta(seconds=seconds)

    # What comes of it -------------------------------------------------------------------------

    def use(self, **fields: Any) -> None:
        """Writes these fields of the run: dataset, champion, challenger, evidence, decision."""
        self._write(**fields)

    def keep(self, content: bytes) -> None:
        """Keeps where the run can go on if its worker dies. The last one kept counts."""
        with self._whole(), transaction.atomic():
            self._write(heartbeat_at=timezone.now())
            Checkpoint.objects.update_or_create(run=self.run, defaults={"content": content})

    def kept(self) -> bytes | None:
        """What a worker that died kept, or nothing."""
        found = Checkpoint.objects.filter(run=self.run).values_list("content", flat=True).first()
        return None if found is None else bytes(found)

    # How it ends ------------------------------------------------------------------------------

    def skip(self, reason: str) -> None:
        """Ends the run: there was nothing to do."""
        self._end(State.SKIPPED, reason)

    def reject(self, reason: str) -> None:
        """Ends the run: the champion stays."""
        self._end(State.REJECTED, reason)

    def promote(self, version: ModelVersion, reason: str = "") -> bool:
        """Ends the run: this version answers from now on. One transaction.

        Returns False, and ends the run as rejected, where the champion is no longer the one that
        the run began with: it was measured against another.
        """
        try:
            with self._whole():
                self._promote(version, reason)
        except registry.ChampionChanged as error:
            self.reject(f"It was measured against a champion that no longer answers. {error}")
            return False
        return True

    def _promote(self, version: ModelVersion, reason: str) -> None:
        with transaction.atomic():
            self._write_end(State.PROMOTED, reason, only=State.EVALUATING)
            previous = registry.promote(version, instead_of=self.run.champion)
            Promotion.objects.create(
                version=version, previous=previous, run=self.run, reason=reason
            )
        self._is_over = True

    def cancelled(self) -> None:
        """Ends the run: staff asked for it."""
        self._end(State.CANCELLED, "Staff cancelled it.")

    def fail(self, reason: str) -> None:
        """Ends the run: it could not be done."""
        self._end(State.FAILED, reason)

    @property
    def is_over(self) -> bool:
        """Whether this worker ended the run."""
        return self._is_over

    # Interruption -----------------------------------------------------------------------------

    def check(self) -> None:
        """Raises Interrupted, the kind that says why, where the work must end."""
        if self._stop is not None and not self._is_over and not self._at_once:
            raise self._stop

    def interrupt(self, why: Interrupted) -> None:
        """Has the next check raise this. May be called by another thread."""
        self._stop = why
        if self._stop_since is None:
            self._stop_since = time.monotonic()

    @property
    def deaf_for(self) -> float:
        """For how many seconds the work has been interrupted, and went on; 0 where it was not."""
        return 0.0 if self._stop_since is None else time.monotonic() - self._stop_since

    def conclude(self) -> None:
        """From now on nothing is raised by a check: the work is over, its end is written."""
        self._at_once += 1

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """What must not be cut off in the middle; a check follows."""
        self._at_once += 1
        try:
            yield
        finally:
            self._at_once -= 1
        self.check()

    # By lease ---------------------------------------------------------------------------------

    def _end(self, state: str, reason: str, **fields: Any) -> None:
        with self._whole():
            with transaction.atomic():
                self._write_end(state, reason, **fields)
            self._is_over = True  # not earlier: a transaction may fail until it is over

    def _write_end(self, state: str, reason: str, **fields: Any) -> None:
        self._write(
            state=state,
            reason=reason[:LONGEST_REASON],
            curve=self._curve.points,
            phase="",
            phase_ends_at=None,
            ended_at=timezone.now(),
            **fields,
        )
        Checkpoint.objects.filter(run=self.run).delete()

    def _write(self, *, only: str | None = None, **fields: Any) -> None:
        """Writes fields of the run. Raises LeaseLost where it is another's, or not in `only`."""
        with self._whole():
            mine = TrainingRun.objects.held_by(self.lease)
            if not (mine.filter(state=only) if only else mine).update(**fields):
                raise LeaseLost(f"{self.run} is held by another worker, or over.")
            for name, value in fields.items():
                setattr(self.run, name, value)
