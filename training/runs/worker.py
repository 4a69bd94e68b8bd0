"""What a worker does with a run: takes it, works under a lease with a heartbeat, and ends it."""

import logging
import uuid
from collections.abc import Callable

from celery.exceptions import SoftTimeLimitExceeded
from django.db import connection

from training.runs import heartbeat, lifecycle, reaper
from training.runs.lease import LeaseLost, RunLease

log = logging.getLogger(__name__)


def execute(run_id: int, work: Callable[[RunLease], None], task: uuid.UUID) -> None:
    """Takes the run and does this work, which ends it by skip, reject or promote.

    A run that is no longer queued is left alone: its task was delivered twice.
    """
    lease = lifecycle.take(run_id, task)
    if lease is None:
        log.info("Run %s cannot be taken: another worker has it, or it is over.", run_id)
        return
    reason = _work(lease, work)
    if not lease.is_over:
        _end(lease, reason)


def _work(lease: RunLease, work: Callable[[RunLease], None]) -> str:
    """Does the work. Returns why the run failed, unless the work has ended it."""
    try:
        with heartbeat.beating(lease):
            work(lease)
    except LeaseLost as error:
        return str(error)
    except SoftTimeLimitExceeded:  # Celery's limit, or the heartbeat: staff cancelled the run
        connection.close()  # the work was cut off anywhere, in a transaction too
        return reaper.took_too_long()
    # Whatever goes wrong, the run must not stay "running" for ever. Only here is any error caught:
    # it is logged, and becomes the run's reason.
    except Exception as error:
        log.exception("%s failed.", lease.run)
        return f"It stopped with an error. {type(error).__name__}: {error}"
    return "Its work ended without a decision."


def _end(lease: RunLease, reason: str) -> None:
    try:
        if lease.is_cancelled:
            lease.cancelled()
        else:
            lease.fail(reason)
    except LeaseLost as error:
        log.warning("%s", error)
