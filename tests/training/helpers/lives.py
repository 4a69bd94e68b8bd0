"""Runs in real processes on a real database file, which tests/training/runs/test_worker.py kills.

`python -m tests.training.helpers.lives worker RUN` does a slow run as a worker does; any other
word plays a scenario with such workers, and prints what became of the run as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

django.setup()

from django.db import connection  # noqa: E402 - once Django is set up
from django.utils import timezone  # noqa: E402

from recognizer import registry  # noqa: E402
from recognizer.models import ModelVersion  # noqa: E402
from tests import networks  # noqa: E402
from training.models import TrainingRun  # noqa: E402
from training.runs import lifecycle, worker  # noqa: E402
from training.runs.lease import RunLease  # noqa: E402

STEPS = 200


def slow(lease: RunLease) -> None:
    """Twenty seconds of work, with a checkpoint at every step."""
    done = int(lease.kept() or 0)
    lease.phase("Working", steps=STEPS)
    lease.use(evidence=lease.run.evidence | {f"attempt {lease.run.attempt}": done})
    for step in range(done, STEPS):
        lease.keep(str(step).encode())
        lease.progress(step, loss=1.0)
        time.sleep(0.1)
    lease.reject("It was slow.")


def quick(lease: RunLease) -> None:
    lease.use(evidence=lease.run.evidence | {"went on from": int(lease.kept() or 0)})
    lease.reject("It is done.")


def deaf(lease: RunLease) -> None:
    """Works long without a word to its lease."""
    lease.phase("Thinking")
    until = time.monotonic() + 20
    while time.monotonic() < until:
        sum(range(1000))
    lease.reject("It thought.")


def numb(lease: RunLease) -> None:
    """Hangs as in somebody's C: no signal comes to where it is."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    lease.phase("Hanging")
    time.sleep(40)
    lease.reject("It came back.")


WORKS = {"slow": slow, "deaf": deaf, "numb": numb}


def start_worker(run: TrainingRun, work: str = "slow") -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.training.helpers.lives", "worker", str(run.pk), work]
    )


def wait_until(condition, seconds: float = 20) -> float:
    """How long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() < started + seconds
        time.sleep(0.02)
    return time.monotonic() - started


def now(run: TrainingRun) -> TrainingRun:
    return TrainingRun.objects.get(pk=run.pk)


def is_working(run: TrainingRun, words: str = "Working") -> bool:
    return now(run).phase == words


def kill(process: subprocess.Popen, run: TrainingRun) -> None:
    """kill -9, and the time until a reaper believes it."""
    process.send_signal(signal.SIGKILL)
    process.wait()
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    lifecycle.reap()


def report(run: TrainingRun, **more: object) -> None:
    run = now(run)
    said = {"state": run.state, "reason": run.reason, "evidence": run.evidence}
    print(json.dumps(said | {"attempt": run.attempt} | more))


def killed() -> None:
    """Its worker is killed in the middle; another goes on."""
    run = lifecycle.trigger(trigger="staff")
    first = start_worker(run)
    wait_until(lambda: now(run).step >= 3)
    kill(first, run)
    requeued = now(run).state
    worker.execute(run.pk, quick)
    report(run, requeued=requeued)


def killed_thrice() -> None:
    run = lifecycle.trigger(trigger="staff")
    for attempt in (1, 2, 3):
        process = start_worker(run)
        wait_until(lambda attempt=attempt: is_working(run) and now(run).attempt == attempt)
        kill(process, run)
    worker.execute(run.pk, quick)
    report(run)


def cancelled(work: str = "slow", words: str = "Working") -> None:
    run = lifecycle.trigger(trigger="staff")
    process = start_worker(run, work)
    wait_until(lambda: is_working(run, words))
    time.sleep(0.3)
    lifecycle.cancel(run)
    seconds = wait_until(lambda: now(run).is_over)
    report(run, seconds=seconds, code=process.wait(timeout=10))


def cancelled_deaf() -> None:
    cancelled("deaf", "Thinking")


def age(run: TrainingRun) -> None:
    """Has the worker been at it for three hours."""
    TrainingRun.objects.filter(pk=run.pk).update(taken_at=timezone.now() - timedelta(hours=3))


def too_long() -> None:
    """It goes on and on, and hears that it is to end."""
    run = lifecycle.trigger(trigger="staff")
    process = start_worker(run, "deaf")
    wait_until(lambda: is_working(run, "Thinking"))
    age(run)
    seconds = wait_until(lambda: now(run).is_over)
    report(run, seconds=seconds, code=process.wait(timeout=10))


def hanging(end) -> None:
    """It is to end, and hears nothing; its worker dies, and the reaper finds out."""
    run = lifecycle.trigger(trigger="staff")
    process = start_worker(run, "numb")
    wait_until(lambda: is_working(run, "Hanging"))
    end(run)
    code = process.wait(timeout=20)
    state = now(run).state
    TrainingRun.objects.filter(pk=run.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
    lifecycle.reap()
    report(run, code=code, before=state)


def cancelled_hanging() -> None:
    hanging(lifecycle.cancel)


def too_long_hanging() -> None:
    hanging(age)


def stolen() -> None:
    """A worker is believed dead, and lives: it stops by itself and changes nothing."""
    run = lifecycle.trigger(trigger="staff")
    process = start_worker(run, "deaf")
    wait_until(lambda: is_working(run, "Thinking"))
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    lifecycle.reap()
    worker.execute(run.pk, quick)
    report(run, code=process.wait(timeout=10))


def in_a_thread() -> None:
    """Where no signal comes the next check ends the work."""
    run = lifecycle.trigger(trigger="staff")
    thread = threading.Thread(target=worker.execute, args=[run.pk, slow])
    thread.start()
    wait_until(lambda: is_working(run))
    lifecycle.cancel(run)
    seconds = wait_until(lambda: now(run).is_over)
    thread.join()
    report(run, seconds=seconds, threads=threading.active_count())


def beats() -> None:
    """A worker that only computes is still heard of."""
    run = lifecycle.trigger(trigger="staff")
    process = start_worker(run, "deaf")
    wait_until(lambda: is_working(run, "Thinking"))
    first = now(run).heartbeat_at
    seconds = wait_until(lambda: now(run).heartbeat_at > first + timedelta(seconds=1.5))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    report(run, seconds=seconds)


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
    taken = at_once(lambda _: lifecycle.take(run.pk) is not None)
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
        worker.execute(int(sys.argv[2]), WORKS[sys.argv[3]])
    else:
        globals()[sys.argv[1]]()
