"""Whether a site that was just started answers: its pages, and a worker."""

import http.client
import time

from celery.utils.nodenames import gethostname
from django.conf import settings
from kombu.exceptions import OperationalError

from digitsite.celery import app
from digitsite.web import Options

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
WEB_SECONDS = 3.0
PING_SECONDS = 0.5
# A site that says it is not ready (no database, no model) is asked again after so many seconds.
PAUSE = 5.0


class Opening:
    """Looks until web server and worker answer, and knows what is missing."""

    def __init__(self, web: Options) -> None:
        self.is_ready = False
        self.reason = ""
        self._web = web
        self._began = time.monotonic()
        self._next_look = 0.0
        self._web_answered = False

    def is_over(self, patience: float) -> bool:
        """True when the site is ready, or was not for that many seconds."""
        return self.is_ready or time.monotonic() > self._began + patience

    def look(self) -> bool:
        """True once: when both answer for the first time."""
        if self.is_ready or time.monotonic() < self._next_look:
            return False
        self.reason = self._what_is_missing()
        self.is_ready = not self.reason
        return self.is_ready

    def _what_is_missing(self) -> str:
        # The pages first: their answer takes longer, and the worker is still starting meanwhile.
        if not self._web_answered:
            status = web_status(self._web)
            if status is None:
                return "the web server does not answer"
            if status != http.HTTPStatus.OK:
                self._next_look = time.monotonic() + PAUSE
                return f"/health/ready answers with {status}"
            self._web_answered = True
        return "" if worker_answers() else "no recognition worker answers"


def web_status(web: Options) -> int | None:
    """The HTTP status of GET /health/ready; None where nothing answers."""
    host = ANYWHERE.get(web.host, web.host)
    connection = http.client.HTTPConnection(host, web.port, timeout=WEB_SECONDS)
    try:
        connection.request("GET", "/health/ready", headers={"Host": _allowed_host()})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _allowed_host() -> str:
    first = next(iter(settings.ALLOWED_HOSTS), "*")
    return "localhost" if first == "*" else first.lstrip(".")


def worker_answers() -> bool:
    """True when this machine's recognition worker answers a ping."""
    name = f"recognition@{gethostname()}"
    try:
        with app.connection_for_write() as connection:
            answers = app.control.ping(
                destination=[name], timeout=PING_SECONDS, connection=connection
            )
    except OperationalError:
        return False
    return bool(answers)
