"""The app that answers people."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = "Recognition"

    def ready(self) -> None:
        from recognizer.accounts import changes, tokens  # noqa: F401 - tokens connects to signals

        changes.connect()
