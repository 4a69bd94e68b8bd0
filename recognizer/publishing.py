"""Sends Celery tasks without waiting long for a broker that hangs."""

from typing import Any

import redis
from celery import current_app
from kombu.exceptions import OperationalError

from digitsite.extensions import breaker


def send(task: str, *args: Any, **options: Any) -> None:
    """Publishes a task by its name, with options of Celery's `apply_async`.

    Raises kombu's OperationalError where no broker takes it within a second, and at once where none
    did a moment ago. Periodic tasks send later what was not published.
    """
    if not breaker.broker.lets_through():
        raise OperationalError("It did not answer a moment ago.")
    try:
        current_app.send_task(task, args=args, **options)
    except (OperationalError, redis.RedisError) as error:  # Redis's: it is out of memory
        breaker.broker.failed()
        raise OperationalError(str(error)) from error
    breaker.broker.succeeded()
