"""What a WSGI server serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

application = get_wsgi_application()

from recognizer.answers import serving, version_heartbeats  # noqa: E402 - once Django is set up

serving.warm()
version_heartbeats.report("web")
