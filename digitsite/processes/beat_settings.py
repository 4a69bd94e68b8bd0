"""The settings of the process that sends periodic tasks: it imports no app that does them."""

from digitsite.settings import *  # noqa: F403 - the same site

INSTALLED_APPS = ["django_celery_beat"]
