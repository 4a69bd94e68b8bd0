"""What a WSGI server serves."""

import os
from functools import partial

from django.core.wsgi import get_wsgi_application

from digitsite import database
from digitsite.processes import web
from digitsite.server import stalled
from digitsite.server.body_limits import BodyLimits
from digitsite.server.client_address import client_network
from digitsite.server.concurrency_limit import ConcurrencyLimit
from digitsite.server.fast_path import FastPath
from digitsite.server.form_parts import FewParts
from digitsite.server.sending_limit import SendingLimit
from digitsite.server.utf8 import OnlyUtf8
from digitsite.server.whole_body import WholeBody

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - once Django is set up
from django.urls import reverse  # noqa: E402

from recognizer.accounts import changes  # noqa: E402
from recognizer.answers import serving, version_heartbeats  # noqa: E402

live = FastPath(
    OnlyUtf8(FewParts(django_application)),
    path=reverse("api:recognize"),
    most=settings.STROKES_BODY_BYTES,
    state=changes.state,
)
sender = partial(client_network, proxies=settings.PROXIES)
limited = ConcurrencyLimit(
    live,
    count=settings.WEB_THREADS,
    share=settings.REQUESTS_AN_ADDRESS,
    waiting=web.MOST_CONNECTIONS // 2,
    sender=sender,
)
application = WholeBody(
    SendingLimit(
        limited,
        together=settings.SENDING_BYTES,
        share=settings.SENDING_BYTES_AN_ADDRESS,
        sender=sender,
    ),
    most=BodyLimits(settings.FILE_BODY_BYTES, open_to_all=settings.BODIES_OPEN_TO_ALL),
    sender=sender,
    together=settings.MOST_ARRIVING_MB * 1_000_000,
    share=settings.ARRIVING_BYTES_AN_ADDRESS,
    folder=settings.VAR,
)
stalled.watch(
    web.options().port,
    seconds=settings.STALLED_SECONDS,
    together=None if settings.PROXIES else web.MOST_CONNECTIONS // 2,
)
database.bound_statements()
serving.warm()
version_heartbeats.report("web")
