"""The liveness and readiness endpoints."""

import threading
from collections import Counter
from typing import Any

import redis
from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from digitsite.celery import app
from recognizer.answers import serving

PING_SECONDS = 0.5
KNOWN_SECONDS = 3
_asking = threading.Lock()


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200: the process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 if the database answers and the model is loaded, else 503. The state of the broker and
    the workers is reported but does not count: without them drawings are still stored and live
    answers given."""
    database = _database()
    model = _model() if database == "ok" else {"error": "The database does not answer."}
    broker = _broker()
    is_ready = database == "ok" and "version" in model
    report = {
        "status": "ready" if is_ready else "not ready",
        "database": database,
        "model": model,
        "broker": broker,
        "workers": _workers() if broker == "ok" else {},
    }
    return JsonResponse(report, status=200 if is_ready else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "unreachable"
    return "ok"


def _model() -> dict[str, Any]:
    try:
        loaded = serving.model_cache.champion()
    except (serving.NoModel, DatabaseError) as error:
        return {"error": str(error)}
    return {"version": loaded.model_version, "sha256": loaded.classifier.sha256}


def _broker() -> str:
    try:
        with redis.Redis.from_url(
            settings.REDIS, socket_connect_timeout=1, socket_timeout=1
        ) as client:
            client.ping()
    except redis.RedisError:
        return "unreachable"
    return "ok"


def _workers() -> dict[str, int] | None:
    """The number of recently seen workers by kind; None while another request is counting them. A
    ping takes its whole timeout, and anybody may request this page."""
    known = caches["memory"].get("workers")
    if known is None and _asking.acquire(blocking=False):
        try:
            known = _ping()
            # While a site starts, an answer of none is soon out of date.
            caches["memory"].set("workers", known, KNOWN_SECONDS if known else PING_SECONDS)
        finally:
            _asking.release()
    return known


def _ping() -> dict[str, int]:
    try:
        answers = app.control.ping(timeout=PING_SECONDS) or []
    except (OperationalError, redis.RedisError):
        return {}
    # The part after the @ is the machine's name.
    return dict(Counter(name.partition("@")[0] for answer in answers for name in answer))
