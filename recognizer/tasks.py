"""The recognizer's Celery tasks. Each can run twice, or die half-way, without harm.

A training worker loads this module but runs none of these tasks, so each task imports what it
needs. Recognition workers have imported that by then (digitsite/celery.py).
"""

from celery import shared_task


@shared_task(name="recognizer.predict", acks_late=True, reject_on_worker_lost=True)
def predict(drawing_id: int | None = None) -> None:
    """Answers waiting drawings. Tasks of earlier releases have an id, which is ignored: its drawing
    waits too."""
    from recognizer.answers.stored import worker

    worker.answer_waiting()


@shared_task(name="recognizer.sweep")
def sweep() -> None:
    from digitsite import database
    from recognizer import backfill
    from recognizer.answers.stored import worker
    from recognizer.imports import work

    database.shorten_log()
    worker.answer_waiting()
    worker.answer_lapsed()
    for one in backfill.ALL:
        one.resume()
    work.resume()


@shared_task(name="recognizer.answer_again")
def answer_again(version_id: int, below: int) -> None:
    from recognizer.answers.stored import refresh

    refresh.answer_again(version_id, below)


@shared_task(name="recognizer.make_exemplars")
def make_exemplars(version_id: int, below: int) -> None:
    from recognizer.answers import exemplars

    exemplars.make_again(version_id, below)


@shared_task(name="recognizer.go_on_importing")
def go_on_importing(import_id: int, position: int) -> None:
    from recognizer.imports import work

    further = work.go_on(import_id, position)
    if further is not None:
        work.send(import_id, further)


@shared_task(name="recognizer.erase_expired")
def erase_expired() -> None:
    from django.contrib.sessions.backends.db import SessionStore

    from recognizer.accounts.audit import log
    from recognizer.imports import work
    from recognizer.services import deleting

    deleting.erase_expired()
    log.erase_expired()
    work.erase_expired()
    SessionStore.clear_expired()
