"""Sends workers a task to answer waiting drawings.

The task says only that some are waiting. While one is queued, which a cache key records, no other
is sent: it would find nothing to do.
"""

import logging

from django.core.cache import cache
from kombu.exceptions import OperationalError

from recognizer import publishing

log = logging.getLogger(__name__)

SENT = "asked to answer"
# How long, in seconds, a lost task, or one that no worker takes, keeps others from being sent.
SENT_SECONDS = 5


def send() -> None:
    """Sends the task, unless one is queued. Without a broker the drawings wait for the sweep."""
    if not cache.add(SENT, True, SENT_SECONDS):
        return
    try:
        publishing.send("recognizer.predict")
    except OperationalError as error:
        log.warning("What is drawn waits for the sweep: no broker answers (%s).", error)


def taken() -> None:
    """Called when a worker begins: drawings that are stored from now on need another task."""
    cache.delete(SENT)
