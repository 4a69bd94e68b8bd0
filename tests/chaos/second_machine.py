"""A machine that runs `web` and `recognition` of the Procfile, restarted as by `make run`."""

import os
import time

from django.conf import settings

from digitsite.logs import say
from digitsite.processes.web import options
from digitsite.supervisor import forks
from digitsite.supervisor.__main__ import ROOT, TICK, procfile
from digitsite.supervisor.process_group import ProcessGroup
from digitsite.supervisor.readiness import Readiness
from digitsite.supervisor.stop_signals import StopSignals


def main() -> None:
    signals = StopSignals()
    os.chdir(ROOT)
    group = ProcessGroup(settings.VAR / "log")
    commands = procfile(ROOT / "Procfile")
    forks.preload()
    group.add("web", forks.module_and_arguments(commands["web"]))
    # Workers of one queue must have different names, and this machine is the first one's.
    group.add(
        "recognition", [*forks.module_and_arguments(commands["recognition"]), "--host", "second"]
    )
    readiness = Readiness(options())
    while not signals.count:
        time.sleep(TICK)
        group.watch()
        if readiness.becomes_ready():
            say("Ready: the second machine.")
    group.stop(at_once=lambda: signals.count > 1)


if __name__ == "__main__":
    main()
