"""Sends the periodic tasks: Celery's beat, without what its command line and the tasks import."""

import os

from digitsite.config import start_errors


def main() -> None:
    """Sends due tasks until it is told to stop."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "digitsite.processes.beat_settings"
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # of addresses and models, which are not there
    from digitsite.celery import app  # it reads both

    app.Beat(loglevel="INFO").run()


if __name__ == "__main__":
    with start_errors.in_one_line():
        main()
