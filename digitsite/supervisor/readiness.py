"""Whether a site that was just started answers drawings, and what is missing."""

import http.client
import json
import time

from django.conf import settings

from digitsite.processes.web import Options

ANSWER_SECONDS = 3.0
INTERVAL = 0.5
PATIENCE = 20.0


class Readiness:
    """Requests the site's /health/ready every INTERVAL seconds until nothing is `missing`."""

    def __init__(self, web: Options) -> None:
        self.missing = "the web server does not answer"
        self._web = web
        self._patient_until = time.monotonic() + PATIENCE
        self._next_check = 0.0

    @property
    def is_slow(self) -> bool:
        return bool(self.missing) and time.monotonic() > self._patient_until

    def becomes_ready(self) -> bool:
        """Checks, unless it is too early. True once: when nothing is missing for the first time."""
        if not self.missing or time.monotonic() < self._next_check:
            return False
        self.missing = what_is_missing(self._web)
        self._next_check = time.monotonic() + INTERVAL
        return not self.missing


def what_is_missing(web: Options) -> str:
    """What keeps the site from answering drawings, according to /health/ready; "" if nothing."""
    connection = http.client.HTTPConnection(web.host, web.port, timeout=ANSWER_SECONDS)
    host = next(iter(settings.ALLOWED_HOSTS), "*").lstrip(".")
    try:
        connection.request("GET", "/health/ready", headers={"Host": host.replace("*", "localhost")})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return "the web server does not answer"
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        return f"/health/ready answers with {answer.status}"
    has_worker = "recognition" in (json.loads(body)["workers"] or {})
    return "" if has_worker else "no recognition worker answers"
