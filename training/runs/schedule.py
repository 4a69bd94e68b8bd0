"""When runs start automatically: every day at an hour, after enough new labels, or never.

The daily run is a periodic task, which beat reads from the database. The admin can give it any
other schedule, which is shown here, and replaced when staff choose another.
"""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from recognizer.accounts.audit.log import Kind, record
from training.models import RunSchedule

NAME = "Retrain every night"  # its name, from the migration that creates it
TASK = "training.scheduled"
EXPIRE_SECONDS = 3600
EVERY_DAY = {"minute": "0", "day_of_week": "*", "day_of_month": "*", "month_of_year": "*"}


@dataclass(frozen=True)
class Schedule:
    """`hour`: 0 to 23, in the time zone of the request; None where no run starts by the clock, or
    not once a day: then `otherwise` says when, in the admin's words. `after_labels`: 0 for
    never."""

    hour: int | None
    after_labels: int
    otherwise: str = ""

    def in_words(self) -> str:
        """The end of "A run starts ..."."""
        by_clock = f"every day at {self.hour}:00" if self.hour is not None else self.otherwise
        by_labels = f"after {self.after_labels:,} new labels" if self.after_labels else ""
        return " and ".join(filter(None, [by_clock, by_labels])) or "only by hand"


def current() -> Schedule:
    task = PeriodicTask.objects.filter(name=NAME, enabled=True).select_related("crontab").first()
    if task is None:
        return Schedule(None, labels_needed())
    hour = _hour(task.crontab) if task.crontab else None
    return Schedule(hour, labels_needed(), "" if hour is not None else f"by “{task.scheduler}”")


def labels_needed() -> int:
    """How many drawings with new labels start a run; 0: none does."""
    chosen = RunSchedule.objects.values_list("after_labels", flat=True).first()
    return settings.RETRAIN_AFTER_LABELS if chosen is None else chosen


def choose(*, hour: int | None, after_labels: int) -> None:
    """`hour`: in the time zone of the request. Beat notices within seconds."""
    with transaction.atomic():
        RunSchedule.objects.update_or_create(pk=1, defaults={"after_labels": after_labels})
        task, _ = PeriodicTask.objects.get_or_create(
            name=NAME,
            defaults={"task": TASK, "expire_seconds": EXPIRE_SECONDS, "crontab": _crontab(0)},
        )
        if hour is not None or _is_daily(task):  # what staff chose in the admin stays
            task.enabled = hour is not None
        if hour is not None:
            task.crontab, task.interval, task.solar, task.clocked = _crontab(hour), None, None, None
        task.save()
        record(Kind.SCHEDULE, about=f"{current().in_words()} ({timezone.get_current_timezone()})")


def never_by_labels() -> None:
    """Makes new labels start no run until somebody chooses again."""
    RunSchedule.objects.update_or_create(pk=1, defaults={"after_labels": 0})


def _crontab(hour: int) -> CrontabSchedule:
    when = {"hour": str(hour), "timezone": timezone.get_current_timezone(), **EVERY_DAY}
    found = CrontabSchedule.objects.filter(**when).first()  # there may be two, made in the admin
    return found or CrontabSchedule.objects.create(**when)


def _hour(crontab: CrontabSchedule) -> int | None:
    """Of the day, here; None where it is not once a day, at the full hour."""
    is_daily = all(getattr(crontab, name) == value for name, value in EVERY_DAY.items())
    if not is_daily or not str(crontab.hour).isdecimal():
        return None
    there = dt.datetime.now(crontab.timezone).replace(hour=int(crontab.hour), minute=0)
    here = timezone.localtime(there)
    return here.hour if here.minute == 0 else None


def _is_daily(task: PeriodicTask) -> bool:
    return task.crontab is not None and _hour(task.crontab) is not None
