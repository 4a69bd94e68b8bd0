"""Sends the periodic tasks: Celery's beat, without what its command line and the tasks import."""

import os


def main() -> None:
    """Sends due tasks until it is told to stop."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "digitsite.processes.beat_settings"
    os.environ["CELERY_SKIP_CHECKS"] = "true"  # of addresses and models, which are not there
    from digitsite.celery import app  # it reads both

    app.Beat(loglevel="INFO").run()


if __name__ == "__main__":
    main()
