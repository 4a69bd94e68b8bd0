"""The Django project. Celery's workers find their application here."""

from digitsite.celery import app as celery_app

__all__ = ["celery_app"]
