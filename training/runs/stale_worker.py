"""What a run's page says while its worker sends no heartbeats, until the reaper takes the run."""

from django.conf import settings

from training.models import TrainingRun
from training.runs import reaper
from training.wording import seconds

# Reported when half the time is over after which the reaper takes the run away. Workers write a
# heartbeat every second.
REPORTED_AFTER = 0.5


def stale_worker(run: TrainingRun) -> str:
    """Since when there was no heartbeat, and what follows from it; "" while all is well.

    The words stay the same from second to second: a screen reader speaks them once.
    """
    age, most = run.heartbeat_age, settings.RUN_SILENT_SECONDS
    if age is None or age < REPORTED_AFTER * most:
        return ""
    heard = f"Nothing has been heard from its worker for over {seconds(REPORTED_AFTER * most)}."
    return f"{heard} After {seconds(most)} the run is {_fate(run)}."


def _fate(run: TrainingRun) -> str:
    if run.cancel_asked:
        return "cancelled without it"
    return "given up" if run.attempt >= reaper.MOST_ATTEMPTS else "sent on to another"
