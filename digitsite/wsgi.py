"""What a WSGI server serves."""

import os

from django.core.wsgi import get_wsgi_application

from digitsite.extensions.unchunked import Unchunked

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - once Django is set up

from recognizer.answers import serving, version_heartbeats  # noqa: E402 - once Django is set up

application = Unchunked(django_application, most=settings.FORM_BODY_BYTES)
serving.warm()
version_heartbeats.report("web")
