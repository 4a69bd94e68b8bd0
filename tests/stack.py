"""The whole site as `make run` starts it, on state, a port, a database and a broker of its own.

def test_health(site):
    assert requests.get(f"{site.url}/health/ready").status_code == 200
    site.manage("createsuperuser", "--noinput", ...)
    assert "Subject: Password reset" in site.terminal()
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from digitsite.config import sockets
from tests import small_mnist

ROOT = Path(__file__).resolve().parent.parent
# A network that trains in seconds: `train_baseline --architecture cnn-tiny --epochs 4`.
SMALL_MODEL = ROOT / "tests" / "fixtures" / "small_model"
READY_SECONDS = 60
# Redis has sixteen databases: the tests of a process use one, the sites that they start another.
SITES_AFTER_TESTS = 3
SERVICES = ("DATABASE_URL", "REDIS_URL")
# Every process looks for a new champion twice a second, when it is asked something.
CHAMPION_SECONDS = 0.6
PROMOTE = """
from recognizer import registry
from tests import networks
onnx = networks.saying({digit}, **{how})
version = registry.register(
    onnx=onnx, safetensors=b"", manifest=networks.MANIFEST, origin="trained"
)
registry.promote(version)
print("version:", version.pk)
"""
PROMOTE_SHIPPED = """
from recognizer import registry
registry.promote(registry.register_shipped())
"""


class Site:
    """A site that runs, or ran. `url` has no slash at its end; `var` is where its state lies."""

    def __init__(
        self,
        var: Path,
        *,
        command: list[str] | None = None,
        terminal: str = "terminal",
        **environment: str,
    ) -> None:
        """Starts it with these environment variables beside the tests' own.

        Database and broker are embedded, whatever the tests use, unless `services` is given.
        """
        self.var = var
        var.mkdir(parents=True, exist_ok=True)
        port = environment.get("PORT") or str(free_port())
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in SERVICES},
            "DJANGO_SETTINGS_MODULE": "digitsite.settings",
            "VAR": str(var),
            "PORT": port,
            "PYTHONPATH": "",
            **environment,
        }
        self._shell: subprocess.Popen[str] | None = None
        self._terminal = var.with_name(f"{var.name}.{terminal}")
        with self._terminal.open("wb") as output:
            self.process = subprocess.Popen(
                command or supervisor(),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def terminal(self) -> str:
        """What it printed so far, emails included."""
        return self._terminal.read_text()

    def wait_for(self, text: str, *, seconds: float = READY_SECONDS, times: int = 1) -> "Site":
        """Returns once it printed the text so often. Fails when it does not, or ends before."""
        until = time.monotonic() + seconds
        while self.terminal().count(text) < times:
            ended = self.process.poll() is not None
            if ended or time.monotonic() > until:
                pytest.fail(f"The site did not print {text!r}, but:\n{self.terminal()}")
            time.sleep(0.05)
        return self

    def ready(self) -> "Site":
        """Returns once the site says that it is ready."""
        return self.wait_for("Ready: ")

    def manage(self, *words: str) -> str:
        """Runs `python manage.py WORDS...` against this site; returns what that printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, program: str) -> str:
        """Runs Python with this site's models, all in one shell; returns what it printed."""
        shell = self._shell or self._open_shell()
        assert shell.stdin and shell.stdout
        shell.stdin.write(json.dumps(program) + "\n")
        shell.stdin.flush()
        answer = shell.stdout.readline()
        if not answer:
            self._shell = None  # it ended, and the next program needs another
        assert answer, "the program failed: see its traceback in what was written to stderr"
        return json.loads(answer)

    def _open_shell(self) -> subprocess.Popen[str]:
        self._shell = subprocess.Popen(
            [sys.executable, "-m", "tests.site_shell"],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self._shell

    @contextmanager
    def champion(self, digit: int, **how: float) -> Iterator[int]:
        """Meanwhile a network answers that says this digit of everything; yields its version."""
        made = self.run(PROMOTE.format(digit=digit, how=how))
        time.sleep(CHAMPION_SECONDS)
        try:
            yield int(made.partition("version: ")[2])
        finally:
            self.run(PROMOTE_SHIPPED)
            time.sleep(CHAMPION_SECONDS)

    def processes(self) -> dict[int, str]:
        """The processes that belong to this site, oldest first: number, name and command line.

        Linux only.
        """
        # Valkey shows its socket in place of its environment.
        found = _processes(f"VAR={self.var}", line=str(sockets.path_for(self.var)))
        return {pid: line for pid, line in found.items() if "tests.site_shell" not in line}

    def pid(self, words: str) -> int:
        """The oldest of this site's processes whose command line holds these words."""
        return next(pid for pid, line in self.processes().items() if words in line)

    def wait_for_processes(self, *words: str, seconds: float = READY_SECONDS) -> None:
        """Returns once there is a process of each: one whose command line holds the words."""
        until = time.monotonic() + seconds
        while not all(any(one in line for line in self.processes().values()) for one in words):
            assert time.monotonic() < until, (self.processes(), self.terminal())
            time.sleep(0.05)

    def stop(self) -> None:
        """Tells it to stop, and kills what is left."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=20)
        for pid in self.processes():
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(pid, signal.SIGKILL)
        if self._shell:
            self._shell.communicate()


def supervisor() -> list[str]:
    """The command that `make run` ends in. It ends with the tests, however they end."""
    return [sys.executable, "-m", "digitsite.supervisor", "--parent", str(os.getpid())]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _processes(variable: str, *, line: str) -> dict[int, str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            variables = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            name = (folder / "comm").read_text().strip()
            started = _started((folder / "stat").read_text())
        except OSError:
            continue  # it ended, or is not ours
        if command and (variable.encode() in variables or line in command):
            found.append((started, int(folder.name), f"[{name}] {command}"))
    return {pid: command for _, pid, command in sorted(found)}


def _started(stat: str) -> int:
    """When a process started, in clock ticks since the machine did: proc(5), `starttime`.

    Its number does not tell: after the highest the kernel begins again with low ones.
    """
    after_name = stat.rpartition(") ")[2].split()
    return int(after_name[19])


@pytest.fixture(scope="session")
def prepared_var(tmp_path_factory) -> Path:
    """The state of a prepared site that never ran: to be copied, not used."""
    var = tmp_path_factory.mktemp("prepared") / "var"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "digitsite.settings", "VAR": str(var)}
    for name in SERVICES:
        environment.pop(name, None)
    subprocess.run(
        [sys.executable, "-m", "digitsite.supervisor.bootstrap"],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    small_mnist.lay(var / "mnist")
    return var


@pytest.fixture
def new_var(prepared_var, tmp_path) -> Path:
    """State for a site of this test alone, prepared already."""
    return shutil.copytree(prepared_var, tmp_path / "var")


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL for the sites of these tests, where the tests have them.

    Other databases than the tests' own on the same servers; they are dropped at the end.
    """
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(other(os.environ[name]))
            for name, other in (("DATABASE_URL", other_postgres), ("REDIS_URL", _other_redis))
            if os.environ.get(name)
        }


@contextmanager
def other_postgres(url: str) -> Iterator[str]:
    """Meanwhile there is an empty database on the same server; yields its address."""
    name = f"digitsite_site_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _other_redis(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + SITES_AFTER_TESTS
    other = parts._replace(path=f"/{number}").geturl()
    with redis.Redis.from_url(other) as client:
        client.flushdb()
        yield other
        client.flushdb()


@pytest.fixture(scope="session")
def site(prepared_var, services, tmp_path_factory):
    """The whole site, running for all tests of the session that ask for it: see Site.

    With DATABASE_URL or REDIS_URL set it runs on a database of its own there. Its people and
    drawings stay from test to test: a test makes its own user, by a name of its own.
    """
    var = shutil.copytree(prepared_var, tmp_path_factory.mktemp("site") / "var")
    # No run begins by itself: it would change who answers, and take the cores from other tests.
    site = Site(var, RETRAIN_AFTER_LABELS="0", **services).ready()
    yield site
    site.stop()
