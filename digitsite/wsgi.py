"""What a WSGI server serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

application = get_wsgi_application()

from recognizer.answers import serving  # noqa: E402 - once Django is set up
from recognizer.versions import heartbeats  # noqa: E402

serving.warm()
heartbeats.report("web")
