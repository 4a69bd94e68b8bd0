"""What a WSGI server serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "digitsite.settings")

application = get_wsgi_application()

from recognizer import holdings, serving  # noqa: E402 - once Django is set up

serving.warm()
holdings.report("web")
