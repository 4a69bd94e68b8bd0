"""Mails of a run's end: once, to those who asked and may see runs."""

import datetime as dt

import pytest
from allauth.account.models import EmailAddress
from celery import current_app
from django.core import mail
from django.db import connection
from django.utils import timezone

from tests.people import person
from tests.stack import free_port
from tests.training.helpers import rows
from training import tasks
from training.models import RunSubscriber, TrainingRun
from training.runs import notices

pytestmark = pytest.mark.django_db
State = TrainingRun.State


@pytest.fixture
def rita(db):
    rita = person("rita", is_staff=True)
    EmailAddress.objects.create(user=rita, email=rita.email, verified=True, primary=True)
    notices.subscribe(rita, wanted=True)
    return rita


def ended(state: str = State.PROMOTED, *, minutes_ago: int = 0) -> TrainingRun:
    run = rows.run(state, reason="")
    when = timezone.now() - dt.timedelta(minutes=minutes_ago)
    TrainingRun.objects.filter(pk=run.pk).update(ended_at=when)
    return run


def sent(broker) -> list[list[int]]:
    """What workers are asked to tell."""
    return [args for name, args in broker.tasks() if name == notices.TASK]


def test_a_run_s_end_is_told_once(broker, champion, rita):
    run = ended()
    notices.send_due()
    notices.send_due()
    assert sent(broker) == [[run.pk, rita.pk]]


@pytest.mark.parametrize("state", [State.SKIPPED, State.RUNNING])
def test_what_was_skipped_or_goes_on_is_not_told(broker, champion, rita, state):
    rows.run(state, champion=champion)
    notices.send_due()
    assert sent(broker) == []


def test_what_ended_before_somebody_asked_is_not_told(broker, champion, rita):
    ended(minutes_ago=5)
    notices.send_due()
    assert sent(broker) == []


def test_without_a_broker_it_is_told_later(no_broker, champion, rita):
    run = ended()
    notices.send_due()
    run.refresh_from_db()
    assert run.told_at is None


def test_a_mail_is_sent_once_however_often_a_worker_is_asked(broker, champion, rita):
    """As where the broker fails between two people's tasks, and both are asked for again."""
    run = ended()
    for _ in range(2):
        notices.send_due()
        TrainingRun.objects.update(told_at=None)
    for args in sent(broker):
        tasks.tell(*args)
    assert len(sent(broker)) == 2 and len(mail.outbox) == 1
    later = ended()
    tasks.tell(later.pk, rita.pk)
    assert [letter.subject.split(":")[1] for letter in mail.outbox] == [
        f" Run {run.pk}",
        f" Run {later.pk}",
    ]


def test_each_of_several_runs_is_told_in_whatever_order(broker, champion, rita):
    """As where the site was off, or the mail of the earlier one had to wait."""
    earlier, later = ended(), ended()
    notices.send_due()
    for args in sorted(sent(broker), reverse=True):
        tasks.tell(*args)
    assert {letter.subject.split()[2] for letter in mail.outbox} == {
        f"{earlier.pk}:",
        f"{later.pk}:",
    }


def test_a_mail_that_cannot_be_sent_is_logged_and_can_be_sent_later(
    champion, rita, settings, caplog
):
    run, works = ended(), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    with pytest.raises(ConnectionRefusedError):
        notices.tell(run.pk, rita.pk)
    assert f"A mail about run {run.pk} could not be sent" in caplog.text
    assert TrainingRun.objects.get(pk=run.pk).state == State.PROMOTED
    settings.EMAIL_BACKEND = works
    notices.tell(run.pk, rita.pk)
    assert len(mail.outbox) == 1


def test_the_mail_names_the_site_and_says_what_became_of_the_run(champion, rita):
    run = ended(State.REJECTED)
    TrainingRun.objects.filter(pk=run.pk).update(
        decision={"promote": False, "words": "It forgot too much of MNIST."}
    )
    tasks.tell(run.pk, rita.pk)
    [letter] = mail.outbox
    assert letter.subject == f"Numeral: Run {run.pk}: rejected"
    assert letter.to == ["rita@example.org"]
    assert "Hello from Numeral," in letter.body
    assert "It forgot too much of MNIST." in letter.body
    assert "localhost" not in letter.body and "example.com" not in letter.body


def test_nobody_is_told_who_may_not_see_runs_or_has_no_verified_address(champion, rita):
    run = ended()
    EmailAddress.objects.update(verified=False)
    tasks.tell(run.pk, rita.pk)
    EmailAddress.objects.update(verified=True)
    rita.user_permissions.clear()
    tasks.tell(run.pk, rita.pk)
    rita.delete()
    tasks.tell(run.pk, rita.pk)
    assert mail.outbox == []
    assert not RunSubscriber.objects.exists()


def test_a_mail_that_cannot_be_sent_is_tried_again_so_often():
    task = current_app.tasks[notices.TASK]
    assert task.max_retries == 5
    assert ConnectionRefusedError.__mro__.count(task.autoretry_for[0]) == 1


def test_who_subscribes_while_another_request_does_and_ends_it_is_subscribed():
    """The other request acts around what this one reads, if it reads."""
    rita, looks = person("rita"), []

    def overtaken(execute, sql, *rest):
        if not (sql.startswith("SELECT") and "training_runsubscriber" in sql):
            return execute(sql, *rest)
        looks.append(sql)
        if len(looks) == 2:
            RunSubscriber.objects.filter(user=rita).delete()
        found = execute(sql, *rest)
        if len(looks) == 1:
            RunSubscriber.objects.create(user=rita)
        return found

    with connection.execute_wrapper(overtaken):
        notices.subscribe(rita, wanted=True)
    assert notices.is_subscribed(rita)
