"""Whether the whole site answers: its pages, and a worker."""

import http.client

from celery.utils.nodenames import gethostname
from django.conf import settings
from kombu.exceptions import OperationalError

from digitsite.celery import app
from digitsite.web import Options

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
WEB_SECONDS = 3.0
PING_SECONDS = 0.5


def web_answers(web: Options) -> bool:
    """True when GET /health/ready says 200."""
    host = ANYWHERE.get(web.host, web.host)
    connection = http.client.HTTPConnection(host, web.port, timeout=WEB_SECONDS)
    try:
        connection.request("GET", "/health/ready", headers={"Host": _allowed_host()})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _allowed_host() -> str:
    first = settings.ALLOWED_HOSTS[0]
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
