"""Backfills: work on old drawings after a promotion, newest first, such as answering them again.

A field of the champion stores how far it has come. A task works for a moment, updates the field by
compare-and-swap and sends the next task, so that new drawings never wait for long behind old ones.
The sweep sends a lost task again; one that is delivered twice loses the compare-and-swap and sends
nothing.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from kombu.exceptions import OperationalError

from recognizer import publishing
from recognizer.models import ModelVersion

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backfill:
    """`field` of ModelVersion: the id below which drawings are left, None where none is. `task`:
    the Celery task that takes the version's id and that one."""

    field: str
    task: str

    def send(self, version_id: int, below: int | None) -> None:
        """Sends a task to continue, if anything is left. Without a broker that waits for the
        sweep."""
        if below is None:
            return
        try:
            publishing.send(self.task, version_id, below)
        except OperationalError as error:
            log.warning("%s waits for the sweep: no broker answers (%s).", self.task, error)

    def resume(self) -> None:
        """Sends a task for the rest, in case one was lost."""
        champion = ModelVersion.objects.champion()
        if champion is not None:
            self.send(champion.pk, getattr(champion, self.field))

    def go_on(self, version_id: int, below: int, work: Callable[[int, int], int | None]) -> bool:
        """Runs `work`, which returns the id below which drawings are left, None if none is, and
        sends a task for the rest. Returns whether all is done. Does nothing if another version is
        champion by now, or another task has got further."""
        due = ModelVersion.objects.filter(
            pk=version_id, alias=ModelVersion.Alias.CHAMPION, **{self.field: below}
        )
        if not due.exists():
            return False
        rest = work(version_id, below)
        if not due.update(**{self.field: rest}):
            return False
        self.send(version_id, rest)
        return rest is None


ANSWERS = Backfill("refresh_below", "recognizer.answer_again")
EXEMPLARS = Backfill("exemplars_below", "recognizer.make_exemplars")
ALL = (EXEMPLARS, ANSWERS)
