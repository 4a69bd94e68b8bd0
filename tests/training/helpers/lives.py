"""Runs in real processes on a real database file, which tests/training/runs/test_worker.py kills.

`python -m tests.training.helpers.lives worker RUN` does a slow run without Celery; any other word
plays a scenario, with such processes or with a real Celery worker and broker, and prints what
became of the run as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 - once Django is set up
from django.db import connection  # noqa: E402 - once Django is set up
from django.utils import timezone  # noqa: E402

from recognizer import registry  # noqa: E402
from recognizer.imports import work as imports  # noqa: E402
from recognizer.models import Import, ModelVersion, User  # noqa: E402
from tests import brokers, networks  # noqa: E402
from tests.recognizer.imports import made  # noqa: E402
from tests.training.helpers import leases  # noqa: E402
from tests.training.helpers.leases import now  # noqa: E402
from training.models import TrainingRun  # noqa: E402
from training.runs import lifecycle, reaper  # noqa: E402
from training.runs.lease import RunLease  # noqa: E402

STEPS = 200


def slow(lease: RunLease) -> None:
    """Twenty seconds of work, with a checkpoint at every step."""
    done = int(lease.checkpoint() or 0)
    # Before the phase, for which others wait.
    lease.record(
        evidence=lease.run.evidence | {f"attempt {lease.run.attempt}": done, "pid": os.getpid()}
    )
    lease.phase("Working", steps=STEPS)
    for step in range(done, STEPS):
        lease.save_checkpoint(str(step).encode())
        lease.progress(step, loss=1.0)
        time.sleep(0.1)
    lease.reject("It was slow.")


def quick(lease: RunLease) -> None:
    lease.record(evidence=lease.run.evidence | {"went on from": int(lease.checkpoint() or 0)})
    lease.reject("It is done.")


def thinking(lease: RunLease) -> None:
    """Computes for long, in Python, and writes nothing."""
    lease.record(evidence={"pid": os.getpid()})
    lease.phase("Thinking")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        sum(range(1000))
    lease.reject("It thought.")


def hanging(lease: RunLease) -> None:
    """Hangs as in somebody's C code: Python gets no signal there."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    lease.record(evidence={"pid": os.getpid()})
    lease.phase("Hanging")
    time.sleep(40)
    lease.reject("It came back.")


WORKS = {"slow": slow, "thinking": thinking, "hanging": hanging}


COMMAND = [sys.executable, "-m", "tests.training.helpers.celery_worker", "imports", "training"]


@contextmanager
def celery_worker(work: str, *, most_seconds: int = 3600) -> Iterator[subprocess.Popen]:
    """Meanwhile a real worker does this work for each run, and a real broker serves it."""
    settings.RUN_MOST_SECONDS = most_seconds
    broker = brokers.start_embedded(settings.BROKER_SOCKET)
    limits = {"WORK": work, "MOST_SECONDS": str(most_seconds)}
    worker = subprocess.Popen(COMMAND, env=os.environ | limits, stdout=sys.stderr)
    try:
        yield worker
    finally:
        for process in (worker, broker):
            process.kill()
            process.wait()


def start_process(run: TrainingRun, work: str = "slow") -> subprocess.Popen:
    """Does this work without Celery."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.helpers.lives", "worker", str(run.pk), work]
    )


def wait_until(condition, seconds: float = 60) -> float:
    """How long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds
        time.sleep(0.02)
    return time.monotonic() - started


def is_working(run: TrainingRun, words: str = "Working") -> bool:
    return now(run).phase == words


def is_gone(pid: int) -> bool:
    """Whether the process ended, and its parent knows."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def age() -> None:
    """Makes the last heartbeat an hour older, and has the reaper look."""
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    reaper.reap()


def kill(process: subprocess.Popen) -> None:
    """kill -9, and the time until a reaper believes it."""
    process.kill()
    process.wait()
    age()


def report(run: TrainingRun, **more: object) -> None:
    run = now(run)
    said = {"state": run.state, "reason": run.reason, "evidence": run.evidence}
    print(json.dumps(said | {"attempt": run.attempt} | more))


# Without Celery, and without a broker ----------------------------------------------------------


def killed() -> None:
    """Its worker is killed in the middle; another goes on."""
    run = lifecycle.trigger(trigger="staff")
    first = start_process(run)
    wait_until(lambda: now(run).step >= 3)
    kill(first)
    requeued = now(run).state
    leases.execute(run, quick)
    report(run, requeued=requeued)


def killed_thrice() -> None:
    run = lifecycle.trigger(trigger="staff")
    for attempt in (1, 2, 3):
        process = start_process(run)
        wait_until(lambda attempt=attempt: is_working(run) and now(run).attempt == attempt)
        kill(process)
    leases.execute(run, quick)
    report(run)


def taken_away() -> None:
    """A worker is taken for dead, and lives: it stops by itself and changes nothing."""
    run = lifecycle.trigger(trigger="staff")
    process = start_process(run)
    wait_until(lambda: is_working(run))
    age()
    leases.execute(run, quick)
    report(run, code=process.wait(timeout=60))


def beats() -> None:
    """A worker that only computes is still heard of."""
    run = lifecycle.trigger(trigger="staff")
    process = start_process(run, "thinking")
    wait_until(lambda: is_working(run, "Thinking"))
    first = now(run).heartbeat_at
    seconds = wait_until(lambda: now(run).heartbeat_at > first + timedelta(seconds=1.5))
    process.kill()
    process.wait()
    report(run, seconds=seconds)


# With a real worker ----------------------------------------------------------------------------


def cancelled(work: str = "slow", words: str = "Working") -> None:
    with celery_worker(work):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run, words))
        lifecycle.cancel(run)
        seconds = wait_until(lambda: now(run).is_over)
        report(run, seconds=seconds)


def cancelled_thinking() -> None:
    cancelled("thinking", "Thinking")


def cancelled_hanging() -> None:
    """It is interrupted and goes on; the reaper ends it, and its process."""
    with celery_worker("hanging"):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run, "Hanging"))
        lifecycle.cancel(run)
        time.sleep(2)
        before = now(run).state
        age()
        wait_until(lambda: is_gone(now(run).evidence["pid"]), 5)
        report(run, before=before)


def imported_meanwhile() -> None:
    """A person's file is checked while the worker works on a run."""
    with celery_worker("slow"):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run))
        owner = User.objects.create_user("imports")
        one = imports.receive(owner, "a.jsonl", made.jsonl(made.line()))
        wait_until(lambda: Import.objects.get(pk=one.pk).state == Import.State.CHECKED)
        report(run)


def told_to_stop() -> None:
    """Its worker gets SIGTERM in the middle; another goes on."""
    with celery_worker("slow") as worker:
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: now(run).step >= 3)
        worker.terminate()
        seconds = wait_until(lambda: worker.poll() is not None)
    put_back = now(run).state
    leases.execute(run, quick)
    report(run, seconds=seconds, put_back=put_back)


def too_long() -> None:
    """Celery's soft limit ends it."""
    with celery_worker("thinking", most_seconds=2):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run, "Thinking"))
        seconds = wait_until(lambda: now(run).is_over)
        report(run, seconds=seconds)


def too_long_hanging() -> None:
    """Celery's hard limit kills it, and the reaper finds out."""
    with celery_worker("hanging", most_seconds=2):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run, "Hanging"))
        wait_until(lambda: is_gone(now(run).evidence["pid"]))
        before = now(run).state
        settings.RUN_SILENT_SECONDS = 0
        reaper.reap()
        report(run, before=before)


def taken_for_dead() -> None:
    """A worker is taken for dead, and computes: it is killed, and takes the run again."""
    with celery_worker("thinking"):
        run = lifecycle.trigger(trigger="staff")
        wait_until(lambda: is_working(run, "Thinking"))
        pid = now(run).evidence["pid"]
        age()
        wait_until(lambda: is_gone(pid))
        wait_until(lambda: now(run).evidence["pid"] != pid)
        report(run)


# At the same moment ----------------------------------------------------------------------------


def at_once(action, count: int = 8) -> list:
    """What the action says to so many threads that begin together."""
    ready = threading.Barrier(count)

    def do(number: int):
        try:
            ready.wait()
            return action(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))


def triggered_at_once() -> None:
    """Many ask at the same moment, many workers take it."""
    made = at_once(lambda _: lifecycle.trigger(trigger="staff"))
    [run] = [one for one in made if one.state == "queued"]
    skipped = [one.reason for one in made if one.state == "skipped"]
    taken = at_once(lambda _: leases.take(run) is not None)
    report(run, skipped=skipped, taken=sum(taken))


def promoted_at_once() -> None:
    """Many promote at the same moment: a version of their own each, in place of the champion."""
    champion = ModelVersion.objects.champion()
    versions = [
        registry.register(
            onnx=networks.saying(digit),
            safetensors=b"",
            manifest=networks.MANIFEST,
            origin="trained",
        )
        for digit in range(8)
    ]

    def promote(number: int) -> bool:
        try:
            registry.promote(versions[number], instead_of=champion)
        except registry.ChampionChanged:
            return False
        return True

    done = at_once(promote)
    [now_champion] = ModelVersion.objects.filter(alias="champion")
    print(json.dumps({"promoted": sum(done), "right": done[versions.index(now_champion)]}))


if __name__ == "__main__":
    if sys.argv[1] == "worker":
        leases.execute(TrainingRun.objects.get(pk=sys.argv[2]), WORKS[sys.argv[3]])
    else:
        globals()[sys.argv[1]]()
