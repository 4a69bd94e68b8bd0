"""Asks workers to answer waiting drawings.

A task says only that some are waiting. While one is on its way, which a cache key records, another
would find nothing to do, and is not sent.
"""

import logging

from django.core.cache import cache
from kombu.exceptions import OperationalError

from recognizer import publishing

log = logging.getLogger(__name__)

ASKED = "asked to answer"
# So long a task that was lost, or that no worker takes, keeps others back.
ASKED_SECONDS = 5


def ask() -> None:
    """Has a worker answer what waits. Without a broker it waits for the sweep."""
    if not cache.add(ASKED, True, ASKED_SECONDS):
        return
    try:
        publishing.send("recognizer.predict")
    except OperationalError as error:
        log.warning("What is drawn waits for the sweep: no broker answers (%s).", error)


def taken() -> None:
    """A worker is about to look: for what is stored from now on, another task is due."""
    cache.delete(ASKED)
