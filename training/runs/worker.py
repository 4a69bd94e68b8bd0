"""Has a worker do the work of a run, from taking it to its end."""

import logging
from collections.abc import Callable

from django.db import connection

from training.runs import heartbeat, lifecycle
from training.runs.lease import Cancelled, LeaseLost, RunLease, TookTooLong

log = logging.getLogger(__name__)


def execute(run_id: int, work: Callable[[RunLease], None]) -> None:
    """Takes the run and does this work, which ends it by skip, reject or promote.

    A run that is not queued any more is left alone: its task was delivered twice.
    """
    lease = lifecycle.take(run_id)
    if lease is None:
        log.info("Run %s is not to be had: another worker has it, or it is over.", run_id)
        return
    try:
        _work(lease, work)
    except LeaseLost as error:
        connection.close()  # the work was cut off anywhere, in a transaction too
        log.warning("%s", error)


def _work(lease: RunLease, work: Callable[[RunLease], None]) -> None:
    try:
        with heartbeat.beating(lease):
            work(lease)
    except Cancelled:
        connection.close()
        lease.cancelled()
    except TookTooLong:
        connection.close()
        _fail(lease, lifecycle.took_too_long())
    # Whatever goes wrong in the work, the run must not stay "running" for ever. This is the one
    # edge where any error is caught: it is logged, and becomes the run's reason.
    except Exception as error:
        log.exception("%s failed.", lease.run)
        _fail(lease, f"It stopped with an error. {type(error).__name__}: {error}")
    else:
        _fail(lease, "Its work ended without a decision.")


def _fail(lease: RunLease, reason: str) -> None:
    if not lease.is_over:
        lease.fail(reason)
