"""Sends mails when a run ends, to those who asked for them."""

import datetime as dt
import logging

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone
from kombu.exceptions import OperationalError

from recognizer import publishing
from recognizer.accounts import roles
from recognizer.models import User
from training.models import RunMail, RunSubscriber, TrainingRun

log = logging.getLogger(__name__)

TASK = "training.tell"
# Runs that ended longer ago are not reported: the site was off.
TOLD_WITHIN = dt.timedelta(days=1)


def subscribe(person: User, *, wanted: bool) -> None:
    """Subscribes a person to mails about the end of runs, or unsubscribes them."""
    if wanted:
        RunSubscriber.objects.bulk_create([RunSubscriber(user=person)], ignore_conflicts=True)
    else:
        RunSubscriber.objects.filter(user=person).delete()


def is_subscribed(person: User) -> bool:
    return RunSubscriber.objects.filter(user=person).exists()


def address_of(person: User) -> str | None:
    """A verified address, the primary one first; None where there is none."""
    verified = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "pk")
    return verified.values_list("email", flat=True).first()


def send_due() -> None:
    """Sends a task for each mail about runs that have ended. Beat calls it every few seconds."""
    ended = TrainingRun.objects.filter(told_at=None, ended_at__gt=timezone.now() - TOLD_WITHIN)
    for run in ended.exclude(state=TrainingRun.State.SKIPPED).only("pk", "ended_at"):
        # Only one of several workers sends them.
        mine = TrainingRun.objects.filter(pk=run.pk, told_at=None)
        if mine.update(told_at=timezone.now()):
            _send(run)


def _send(run: TrainingRun) -> None:
    asked = RunSubscriber.objects.filter(since__lte=run.ended_at)
    try:
        for user_id in asked.values_list("user", flat=True):
            publishing.send(TASK, run.pk, user_id)
    except OperationalError as error:
        TrainingRun.objects.filter(pk=run.pk).update(told_at=None)
        log.warning("Mails about %s wait: no broker answers (%s).", run, error)


def tell(run_id: int, user_id: int) -> None:
    """Mails one person, if they may still see runs; only once, however often it is called. Raises
    OSError if no mail can be sent; then it may be called again."""
    person = User.objects.filter(pk=user_id, is_active=True).first()
    address = address_of(person) if person and person.has_perm(roles.TRAIN) else None
    if address is None or not RunSubscriber.objects.filter(user=user_id).exists():
        return
    mail, is_new = RunMail.objects.get_or_create(run_id=run_id, user_id=user_id)
    if not is_new:
        return
    try:
        _mail(TrainingRun.objects.defer("evidence", "curve").get(pk=run_id), address)
    except OSError as error:
        mail.delete()
        log.warning("A mail about run %s could not be sent (%s).", run_id, error)
        raise


def _mail(run: TrainingRun, address: str) -> None:
    words = render_to_string("training/email/run_ended.txt", {"run": run})
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}Run {run.pk}: {run.get_state_display()}"
    send_mail(subject, words, None, [address])
