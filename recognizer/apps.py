"""The configuration of the app that recognises drawings."""

from django.apps import AppConfig


class RecognizerConfig(AppConfig):
    name = "recognizer"
    verbose_name = "Recognition"

    def ready(self) -> None:
        import digitsite.celery  # noqa: F401 - through which tasks are sent
        from recognizer.accounts import changes, tokens  # noqa: F401 - tokens connects to signals
        from recognizer.accounts.audit import admin_acts, rights, sign_ins  # noqa: F401 - so do these

        changes.connect()
