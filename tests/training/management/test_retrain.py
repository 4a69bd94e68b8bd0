"""`python manage.py retrain`."""

import json

import pytest
from django.core.management import CommandError, call_command

from tests.training.helpers import leases
from training.management.commands import retrain
from training.models import TrainingRun
from training.runs import lifecycle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]


@pytest.fixture
def meanwhile(monkeypatch):
    """Does this work while the command sleeps, as a worker would meanwhile."""

    def does(work):
        def sleep(seconds: float) -> None:
            leases.execute(TrainingRun.objects.get(), work)

        monkeypatch.setattr(retrain, "sleep", sleep)

    return does


def test_it_asks_for_a_run(capsys):
    call_command("retrain")
    run = TrainingRun.objects.get()
    assert run.trigger == "command"
    assert capsys.readouterr().out == f"Run {run.pk} is queued.\n"


def test_while_another_goes_on_it_says_so(capsys):
    first = lifecycle.trigger(trigger="staff")
    call_command("retrain", "--wait")
    assert capsys.readouterr().out.endswith(f"skipped. Run {first.pk} is still queued.\n")


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (lambda lease: lease.reject("It is no better."), "was rejected. It is no better."),
        (lambda lease: lease.skip("Nothing new."), "was skipped. Nothing new."),
    ],
)
def test_it_waits_for_the_end(meanwhile, capsys, end, said):
    meanwhile(end)
    call_command("retrain", "--wait")
    assert said in capsys.readouterr().out


def test_a_failure_is_the_commands_too(meanwhile):
    meanwhile(lambda lease: lease.fail("The disk is full."))
    with pytest.raises(CommandError, match=r"has failed\. The disk is full\.") as error:
        call_command("retrain", "--wait")
    assert error.value.returncode == 1


def test_so_is_a_cancellation(meanwhile):
    meanwhile(lambda lease: lease.cancelled())
    with pytest.raises(CommandError, match="was cancelled"):
        call_command("retrain", "--wait")


def test_phases_are_shown(monkeypatch, capsys):
    looks = iter(["queued", "learning", "over"])

    def sleep(seconds: float) -> None:
        run = TrainingRun.objects.get()
        if next(looks) == "learning":
            sleep.lease = leases.take(run)
            sleep.lease.phase("Fine-tuning")
        elif run.state == "running":
            sleep.lease.reject("It is no better.")

    monkeypatch.setattr(retrain, "sleep", sleep)
    call_command("retrain", "--wait")
    assert "Fine-tuning." in capsys.readouterr().err


def test_the_last_line_is_json(meanwhile, capsys):
    meanwhile(lambda lease: lease.reject("It is no better."))
    call_command("retrain", "--wait", "--json")
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["state"], said["reason"]) == ("rejected", "It is no better.")


def test_ctrl_c_ends_the_waiting_not_the_run(monkeypatch, capsys):
    def sleep(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retrain, "sleep", sleep)
    with pytest.raises(SystemExit) as ended:
        call_command("retrain", "--wait")
    assert ended.value.code == 130
    assert TrainingRun.objects.get().state == "queued"
    assert "goes on" in capsys.readouterr().err
