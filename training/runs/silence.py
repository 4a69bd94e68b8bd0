"""What is said of a run whose worker is not heard of any more, until the run is taken from it."""

from django.conf import settings

from training.models import TrainingRun
from training.runs import lifecycle
from training.wording import seconds

# Workers give a sign of life every second. It is said when half the time is over after which a run
# is taken from a silent one.
SAID_AFTER = 0.5


def silence(run: TrainingRun) -> str:
    """That nothing was heard for long, and what comes of it; empty while all is well.

    The words stay the same from second to second: a screen reader speaks them once.
    """
    age, most = run.heartbeat_age, settings.RUN_SILENT_SECONDS
    if age is None or age < SAID_AFTER * most:
        return ""
    heard = f"Nothing has been heard from its worker for over {seconds(SAID_AFTER * most)}."
    return f"{heard} After {seconds(most)} the run is {_fate(run)}."


def _fate(run: TrainingRun) -> str:
    if run.cancel_asked:
        return "cancelled without it"
    return "given up" if run.attempt >= lifecycle.MOST_ATTEMPTS else "sent on to another"
