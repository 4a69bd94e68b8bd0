"""Sends Celery tasks, without waiting long if the broker hangs."""

import os
import threading
from functools import cache
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from kombu import Producer
from kombu.exceptions import OperationalError

from digitsite.extensions import breaker

FAILURES = (OperationalError, redis.RedisError)  # Redis is out of memory
_one_at_a_time = threading.Lock()


def send(task: str, *args: Any, **options: Any) -> None:
    """Publishes a task by its name, with options of Celery's `apply_async`.

    Raises kombu's OperationalError if no broker accepts it within a second, and at once if that
    failed a moment ago. Periodic tasks later send what was not published.
    """
    with _one_at_a_time:
        if not breaker.broker.lets_through():
            raise OperationalError("It did not answer a moment ago.")
        try:
            _send_twice(task, args, options)
        except FAILURES as error:
            breaker.broker.failed()
            raise OperationalError(str(error)) from error
        breaker.broker.succeeded()


def _send_twice(task: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Tries a second time on another connection: an idle connection may have been dropped.

    Kombu's own retry is not used: sometimes, for instance when the broker is out of memory, it
    continues on a channel that it has closed, and fails with an AttributeError.
    """
    for is_last in (False, True):
        try:
            current_app.send_task(task, args=args, producer=_producer(), retry=False, **options)
            return
        except FAILURES:
            _producer.cache_clear()
            if is_last:
                raise


@cache
def _producer() -> Producer:
    """This process's producer. Not one of Celery's pool, to which a failed one is returned."""
    connection = current_app.connection_for_write(
        transport_options=settings.CELERY_TASK_PUBLISH_RETRY_POLICY
    )
    return current_app.amqp.Producer(connection, auto_declare=False)


def _reset() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.Lock()
    _producer.cache_clear()


os.register_at_fork(after_in_child=_reset)
