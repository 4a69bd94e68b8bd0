"""A small application behind the wrappers of the site's, to be served by its web server.

/quick answers with the length of the body, /slow after 0.4 s, /stream with 50 MB, /large with 10 MB
that are not streamed; a body that was refused gets its status alone. PLACES, AN_ADDRESS, WAITING,
PORT, STALLED and SHARE say how many are answered at once, how many of one address, how many wait,
where, and which connections are closed.
"""

import os
import time
from pathlib import Path

from digitsite.server import stalled, whole_body
from digitsite.server.concurrency_limit import ConcurrencyLimit
from digitsite.server.sending_limit import SendingLimit
from digitsite.server.whole_body import WholeBody

MOST, TOGETHER = 1_000_000, 5_000_000
STREAMED, LARGE = 50_000_000, 10_000_000


class Stream:
    streaming = True

    def __iter__(self):
        return iter([bytes(100_000)] * (STREAMED // 100_000))

    def close(self):
        """As Django's have one."""


REFUSED = {whole_body.TOO_SLOW: "408 Request Timeout", whole_body.CUT_OFF: "400 Bad Request"}


def echo(environ, start_response):
    for why, status in REFUSED.items():
        if why in environ:
            start_response(status, [])
            return [b""]
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.2)
    if environ["PATH_INFO"] == "/stream":
        return Stream()
    if environ["PATH_INFO"] == "/large":
        return [bytes(LARGE)]
    return [f"{len(body)} of {environ['CONTENT_LENGTH']}".encode()]


def sender(environ):
    return environ["REMOTE_ADDR"]


if "PLACES" in os.environ:  # a server's process, not a test that imports this
    whole_body.SECONDS = 3
    count = int(os.environ["PLACES"])
    places = ConcurrencyLimit(
        echo,
        count=count,
        share=int(os.environ.get("AN_ADDRESS", count)),
        waiting=int(os.environ.get("WAITING", "256")),
        sender=sender,
    )
    application = WholeBody(
        SendingLimit(places, together=2 * LARGE, share=LARGE, sender=sender),
        most=lambda environ: MOST,
        sender=sender,
        together=TOGETHER,
        share=TOGETHER,
        folder=Path(os.environ["FOLDER"]),
    )
    stalled.watch(
        int(os.environ["PORT"]),
        seconds=float(os.environ["STALLED"]),
        together=int(os.environ["CONNECTIONS"]) if "CONNECTIONS" in os.environ else None,
    )
