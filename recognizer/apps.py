"""The app that answers people."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = "Recognition"

    def ready(self) -> None:
        import digitsite.celery  # noqa: F401 - through which tasks are sent
        from recognizer.accounts import audit, changes, tokens  # noqa: F401 - two connect to signals

        changes.connect()
