"""How long a body may be, by its address; and that no more than that is kept of anybody's."""

import socket
import sys
import time
import weakref
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
import requests
from django.conf import settings
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from digitsite.server import sending_limit, whole_body
from digitsite.server.body_limits import BodyLimits
from digitsite.server.sending_limit import SendingLimit
from digitsite.server.whole_body import Application, WholeBody
from tests.people import INK
from tests.recognizer import images
from tests.stack import Site

SESSION = {"HTTP_COOKIE": "sessionid=anything"}
TOKEN = {"HTTP_AUTHORIZATION": "Token anything"}
JSON, PAGE, FORM = (
    settings.STROKES_BODY_BYTES,
    settings.PAGE_BODY_BYTES,
    settings.FORM_BODY_BYTES,
)
LIMITS = [
    ("POST", "/api/recognize/", {}, FORM),
    ("POST", "/api/explain/", {}, FORM),
    ("POST", "/api/drawings/", TOKEN, FORM),
    ("POST", "/api/drawings/", SESSION, FORM),
    ("POST", "/api/drawings/", {}, 0),
    ("POST", "/api/imports/", TOKEN, FORM),
    ("POST", "/api/imports/", {}, 0),
    ("POST", "/history/import/", SESSION, FORM),
    ("POST", "/history/import/", {}, 0),
    ("POST", "/api/drawings/1/labels/", TOKEN, JSON),
    ("POST", "/api/drawings/1/labels/", {"HTTP_COOKIE": "theme=dark"}, 0),
    ("PATCH", "/api/account/", SESSION, JSON),
    ("DELETE", "/api/account/", SESSION, 0),
    ("DELETE", "/api/drawings/1/labels/", TOKEN, 0),
    ("PUT", "/api/drawings/", TOKEN, 0),
    ("GET", "/api/recognize/", {}, 0),
    ("POST", "/api/schema/", TOKEN, 0),
    ("POST", "/api/nothing/", TOKEN, 0),
    ("POST", "/nothing/", SESSION, 0),
    ("POST", "/accounts/login/", {}, PAGE),
    ("POST", "/admin/login/", {}, PAGE),
    ("GET", "/", {}, 0),
]


def limits() -> BodyLimits:
    return BodyLimits(settings.FILE_BODY_BYTES, open_to_all=settings.BODIES_OPEN_TO_ALL)


@pytest.mark.parametrize(("method", "path", "headers", "most"), LIMITS)
def test_the_limit_of_an_address(method, path, headers, most):
    assert limits()({"REQUEST_METHOD": method, "PATH_INFO": path, **headers}) == most


def _operations() -> Iterator[tuple[str, str, dict]]:
    described = SchemaGenerator().get_schema(request=None, public=True)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if "requestBody" in operation:
                yield (
                    method.upper(),
                    path.replace("{id}", "1").replace("{drawing_id}", "1"),
                    operation,
                )


OPERATIONS = list(_operations())
NAMES = [f"{method} {path}" for method, path, _ in OPERATIONS]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=NAMES)
def test_what_the_api_reads_is_let_in(broker, method, path, operation):
    """As long as its parsers read it, and from nobody where nobody may ask."""
    files = "image/*" in operation["requestBody"]["content"]
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path}
    assert limits()({**environ, **TOKEN}) >= (FORM if files else JSON)

    anybody = Client().generic(method, path, b"{}", content_type="application/json")
    assert (limits()(environ) > 0) == (anybody.status_code not in (401, 403))


def wrapped(environ: dict, *, folder: Path, together: int = 200_000) -> dict:
    """What the application is given."""
    given = {}

    def application(environ: dict, start_response: object) -> list[bytes]:
        given.update(environ, body=environ["wsgi.input"].read())
        return []

    wrapper(application, folder=folder, together=together)(environ, None)
    return given


def wrapper(application: Application, *, folder: Path, together: int = 200_000) -> WholeBody:
    return WholeBody(
        application,
        most=lambda _: 1_000_000,
        sender=lambda environ: environ.get("REMOTE_ADDR", ""),
        together=together,
        share=together,
        folder=folder,
    )


def posted(length: int) -> dict:
    return {"CONTENT_LENGTH": str(length), "wsgi.input": BytesIO(bytes(length))}


def test_a_body_for_which_there_is_no_room_is_not_given(tmp_path):
    given = wrapped(posted(300_000), folder=tmp_path)
    assert given[whole_body.NO_ROOM] and (given["body"], given["CONTENT_LENGTH"]) == (b"", "0")


def test_what_a_large_body_became_is_freed_at_once(tmp_path):
    kept = []

    def application(environ, _):
        request = Request(environ["wsgi.input"].read())
        kept.append(weakref.ref(request))
        return [b"done"]

    wrapper(application, folder=tmp_path, together=1_000_000)(posted(whole_body.LARGE), None)
    assert kept[0]() is None


class Request:
    """A cycle, as Django's requests are."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.itself = self


def test_room_is_given_back(tmp_path):
    server = wrapper(lambda environ, _: [environ["wsgi.input"].read()], folder=tmp_path)
    for _ in range(3):
        assert server(posted(300_000), None) == [b""]
        assert server(posted(200_000), None) == [bytes(200_000)]


def test_an_answer_to_who_is_sent_most_is_broken_off_for_others():
    size = 2 * sending_limit.PART
    sending = SendingLimit(
        lambda environ, _: [bytes(size)],
        together=3 * size,
        share=2 * size,
        sender=lambda environ: environ["REMOTE_ADDR"],
    )

    def asked(address: str) -> Iterable[bytes]:
        return sending({"REMOTE_ADDR": address, "PATH_INFO": "/"}, lambda *_: None)

    slow = [asked(address) for address in ("1.1.1.1", "1.1.1.1", "2.2.2.2")]
    lengths = [len(next(iter(one))) for one in slow]
    quick = asked("3.3.3.3")
    assert lengths == [sending_limit.PART] * 3
    assert [sum(map(len, one)) for one in [*slow, quick]] == [0, size, size, size]


def test_a_small_body_needs_no_room(tmp_path):
    given = wrapped(posted(50_000), folder=tmp_path / "none", together=0)
    assert len(given["body"]) == 50_000


def test_a_body_that_the_disk_does_not_take(tmp_path, caplog):
    assert wrapped(posted(200_000), folder=tmp_path / "none")[whole_body.NO_ROOM]
    assert "could not be stored" in caplog.text


REFUSED = {
    whole_body.NO_ROOM: (503, "busy", "Too much is being sent from your network, or to the site"),
    whole_body.TOO_SLOW: (408, "too_slow", "The body arrives too slowly."),
    whole_body.CUT_OFF: (400, "bad_request", "The request ended before its body did."),
}


@pytest.mark.parametrize("path", ["/", "/api/recognize/"])
@pytest.mark.parametrize(("why", "said"), REFUSED.items(), ids=REFUSED)
def test_why_a_body_was_not_read_is_said_in_words(db, path, why, said):
    status, code, words = said
    answer = Client().post(path, **{why: True})
    assert answer.status_code == status and words in answer.content.decode()
    assert answer.get("Retry-After") == ("5" if status == 503 else None)
    assert path == "/" or answer.json()["code"] == code


# A server ---------------------------------------------------------------------------------------

COUNT, LENGTH = 40, 10_000_000
HEAD = (
    "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {}\r\n\r\n"
)
ROOM, SHARE = 80, 20
BMP = {"Content-Type": "image/bmp"}
MAKE_TOKEN = """
from recognizer.models import ApiToken, Scope, User
owner = User.objects.create_user("dora")
print(ApiToken.objects.create(user=owner, name="slow", scopes=[Scope.DRAW])[1])
"""


@pytest.fixture
def server(new_var) -> Iterator[Site]:
    """The web server alone, with one process."""
    command = [sys.executable, "-m", "digitsite.processes.web"]
    site = Site(new_var, command=command, WEB_WORKERS="1", MOST_ARRIVING_MB=str(ROOM))
    try:
        _wait_for(f"{site.url}/health/live")
        yield site
    finally:
        site.stop()


def _wait_for(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return requests.get(url, timeout=10).raise_for_status()
        except requests.ConnectionError:
            time.sleep(0.2)
    pytest.fail("The server does not answer.")


def held(site: Site) -> float:
    """The memory of its processes, in megabytes."""
    lines = [
        line
        for pid in site.processes()
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def in_files(site: Site) -> float:
    """Megabytes in files of its processes that have no name any more."""
    files = [file for pid in site.processes() for file in Path(f"/proc/{pid}/fd").iterdir()]
    lie = str(site.var)
    return (
        sum(one.stat().st_size for one in files if _is_nameless(one.readlink(), within=lie)) / 1e6
    )


def _is_nameless(target: Path, *, within: str) -> bool:
    return str(target).startswith(within) and str(target).endswith("(deleted)")


def send(site: Site, path: str, stack: ExitStack, *, address: str = "127.0.0.1") -> socket.socket:
    """A client that has sent all of a long body but its end, or as much as it could."""
    host, _, port = site.url.removeprefix("http://").partition(":")
    client = socket.create_connection((host, int(port)), timeout=30, source_address=(address, 0))
    stack.enter_context(client)
    client.sendall(HEAD.format(path, LENGTH).encode())
    client.sendall(bytes(LENGTH - 1))
    return client


@pytest.mark.stack
@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells what a process holds")
def test_forty_who_send_long_bodies_fill_nothing_and_hold_up_nobody(server):
    before = held(server)  # each client's thread and buffers take a megabyte or two
    paths = ["/nothing/", "/api/drawings/", "/accounts/login/", "/api/recognize/"]
    with ExitStack() as stack:
        clients = [(path, send(server, path, stack)) for path in paths for _ in range(COUNT // 4)]
        assert held(server) - before < 2.5 * COUNT
        assert in_files(server) <= SHARE

        started = time.monotonic()
        assert requests.post(f"{server.url}/api/recognize/", json=INK, timeout=10).ok
        assert requests.get(f"{server.url}/accounts/login/", timeout=10).ok
        assert time.monotonic() - started < 5

        for _, client in clients:
            client.sendall(b"x")
        answers = [(path, client.recv(500).decode().lower()) for path, client in clients]
    assert held(server) - before < 2.5 * COUNT + 2 * SHARE
    statuses = {(path, answer.split()[1]) for path, answer in answers}
    # There is room for two pictures at once; as these are none, they are told so.
    assert statuses == {
        ("/nothing/", "404"),
        ("/api/drawings/", "401"),
        ("/accounts/login/", "413"),
        ("/api/recognize/", "503"),
        ("/api/recognize/", "415"),
    }
    assert all("retry-after: 5" in answer for _, answer in answers if " 503 " in answer)


@pytest.mark.stack
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a loopback has one address")
@pytest.mark.parametrize("addresses", [1, 8])
def test_who_sends_slowly_from_a_few_addresses_leaves_others_room(server, addresses):
    headers = {"Authorization": f"Token {server.run(MAKE_TOKEN).strip()}"}
    picture = images.encoded(images.seven(side=800), "BMP")
    assert len(picture) > ROOM * 1_000_000 % LENGTH + whole_body.IN_MEMORY
    with ExitStack() as stack:
        for number in range(2 * ROOM * 1_000_000 // LENGTH):
            host = f"127.0.0.{2 + number % addresses}"
            send(server, "/api/recognize/", stack, address=host)
        assert SHARE / 2 < in_files(server) <= min(addresses * SHARE, ROOM)

        started = time.monotonic()
        saved = requests.post(
            f"{server.url}/api/drawings/", data=picture, headers=headers | BMP, timeout=10
        )
        assert saved.status_code in (201, 202), saved.text
        assert time.monotonic() - started < 5
