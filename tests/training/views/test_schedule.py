"""When runs start by themselves, and who is told of their end: chosen on the runs page."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from recognizer.accounts import roles
from tests.people import grant, signed_in
from tests.training.helpers.staff_users import staff
from training.models import RunSubscriber
from training.runs import schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
SCHEDULE, MAIL = "/runs/schedule/", "/runs/mail/"
BOTH = {"daily": "on", "hour": "3", "by_labels": "on", "after_labels": "120"}


def shown(page: Client) -> str:
    return page.get("/runs/").content.decode()


def task() -> PeriodicTask:
    return PeriodicTask.objects.get(name=schedule.NAME)


def test_until_somebody_chooses_the_settings_hold(page, settings):
    settings.RETRAIN_AFTER_LABELS = 70
    assert "A run starts <strong>after 70 new labels</strong>" in shown(page)
    settings.RETRAIN_AFTER_LABELS = 0
    assert "A run starts <strong>only by hand</strong>" in shown(page)


def test_a_day_s_hour_and_a_number_of_labels(page):
    answer = page.post(SCHEDULE, BOTH, follow=True).content.decode()
    assert "From now on a run starts every day at 3:00 and after 120 new labels." in answer
    assert "<strong>every day at 3:00 and after 120 new labels</strong>" in shown(page)
    assert schedule.labels_needed() == 120
    assert task().enabled
    assert task().task == "training.scheduled"
    assert (task().crontab.hour, task().crontab.minute) == ("3", "0")


def test_the_hour_is_the_reader_s(page):
    page.cookies["timezone"] = "Asia/Tokyo"
    page.post(SCHEDULE, BOTH)
    assert str(task().crontab.timezone) == "Asia/Tokyo"
    assert "every day at 3:00" in shown(page)
    page.cookies["timezone"] = "UTC"
    assert "every day at 18:00" in shown(page)


def test_an_hour_that_is_none_here_is_not_shown_as_one(page):
    page.post(SCHEDULE, BOTH, follow=True)
    page.cookies["timezone"] = "Asia/Kolkata"
    assert "every day at" not in shown(page)


def test_what_the_admin_chose_otherwise_stays_where_no_hour_is_chosen(page):
    weekly = CrontabSchedule.objects.create(minute="0", hour="3", day_of_week="1")
    PeriodicTask.objects.filter(name=schedule.NAME).update(enabled=True, crontab=weekly)
    page.post(SCHEDULE, {"hour": "3", "by_labels": "on", "after_labels": "70"})
    assert task().enabled and task().crontab == weekly
    assert schedule.labels_needed() == 70


def test_neither_is_by_hand_alone(page):
    page.post(SCHEDULE, BOTH)
    page.post(SCHEDULE, {"hour": "3"})
    assert "<strong>only by hand</strong>" in shown(page)
    assert not task().enabled and schedule.labels_needed() == 0


def test_the_same_choice_twice_makes_one_crontab(page):
    PeriodicTask.objects.all().delete()
    before = CrontabSchedule.objects.count()
    for hour in ("5", "5", "6"):
        page.post(SCHEDULE, BOTH | {"hour": hour})
    assert task().crontab.hour == "6"
    assert CrontabSchedule.objects.count() <= before + 3


def test_a_schedule_of_the_admin_is_shown_and_can_be_replaced(page):
    hourly = IntervalSchedule.objects.create(every=2, period="hours")
    PeriodicTask.objects.filter(name=schedule.NAME).update(
        enabled=True, crontab=None, interval=hourly
    )
    assert "every 2 hours" in shown(page)
    page.post(SCHEDULE, BOTH)
    assert task().interval is None and task().crontab.hour == "3"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (BOTH | {"after_labels": ""}, "Say after how many."),
        (BOTH | {"after_labels": "0"}, "greater than or equal to 1"),
        (BOTH | {"after_labels": "many"}, "Enter a whole number."),
        (BOTH | {"hour": "24"}, "Select a valid choice."),
        (BOTH | {"minute": "5"}, "There is no parameter “minute” here"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(page, sent, words):
    answer = page.post(SCHEDULE, sent)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not task().enabled


@pytest.mark.parametrize("path", [SCHEDULE, MAIL])
def test_only_trainers_choose(path, anna, champion):
    assert Client().post(path).status_code == 302
    assert signed_in(grant(anna, roles.REVIEW), Client).post(path).status_code in (403, 404)
    assert not RunSubscriber.objects.exists() and not task().enabled


def test_a_mail_is_asked_for_and_declined(page):
    someone = staff()
    assert "needs a verified email address" in shown(page)
    EmailAddress.objects.create(user=someone, email="s@example.org", verified=True, primary=True)
    assert "The email goes to s@example.org." in shown(page)
    page.post(MAIL, {"tell": "on"})
    assert "you will be emailed when it ends" in shown(page)
    page.post(MAIL)
    assert not RunSubscriber.objects.exists()
