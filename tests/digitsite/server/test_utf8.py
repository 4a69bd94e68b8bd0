"""Text in another encoding than UTF-8, or with NUL, is refused before Django reads it."""

import json
import time

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import RequestFactory

from digitsite.server.utf8 import OnlyUtf8
from tests.people import INK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


@pytest.fixture(autouse=True)
def one_connection():
    """Keeps the test's connection open, as Django's test client does."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def answered(
    method: str, url: str, body: bytes, kind: str, accept: str = "*/*", cookie: str = ""
) -> tuple[str, str]:
    """Status and content."""
    statuses = []
    headers = {"CONTENT_TYPE": kind, "HTTP_ACCEPT": accept, "HTTP_COOKIE": cookie}
    environ = RequestFactory().generic(method, url, body).environ | headers
    content = OnlyUtf8(WSGIHandler())(environ, lambda status, *_: statuses.append(status))
    return statuses[0], b"".join(content).decode()


@pytest.mark.parametrize("charset", ["punycode", "base64", "utf-16", "nonsense", "'utf-8'"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("url", ["/api/recognize/?words=1", "/accounts/login/?next=/"])
def test_another_encoding(method, url, charset):
    began = time.process_time()
    status, said = answered(method, url, b"-" + b"b" * 50_000, f"text/plain; charset={charset}")
    assert status.startswith("415") and "Send text in UTF-8." in said
    assert time.process_time() - began < 1


CODECS = {
    "unknown": "a/b; x*=nope''y",
    "idna": "a/b; x*=idna''y" + "a" * 70,
    "spaced": "a/b; x* =nope''y",
    "continued": "a/b; x*0*=nope''y",
    "slow": "a/b; x*=punycode''" + "a" * 80_000 + "-" + "b" * 80_000,
    "long": "a/b; x=" + "a" * 1_000,
}


@pytest.mark.parametrize("header", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("name", ["kind", "accept"])
@pytest.mark.parametrize("url", ["/api/recognize/", "/accounts/login/", "/health/live"])
def test_a_header_that_names_a_codec(url, name, header):
    began = time.process_time()
    headers = {"kind": "application/json", name: header}
    status, said = answered("POST", url, b"{}", **headers)
    assert status.startswith("400") and "at most 1,000 characters" in said
    assert time.process_time() - began < 0.2


NUL_IN_A_SESSION = r'sessionid="\000aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"'


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("url", "cookie"),
    [
        ("/history/", NUL_IN_A_SESSION),
        ("/api/account/", NUL_IN_A_SESSION),
        ("/shared/a%00b/", ""),
        ("/api/dra%00wings/", ""),
        ("/admin/recognizer/apitoken/a%00b/change/", ""),
    ],
)
def test_nul_reaches_no_database(method, url, cookie):
    status, said = answered(method, url, b"", "", cookie=cookie)
    assert status.startswith("400") and "hold no NUL" in said
    assert said.startswith("{") == url.startswith("/api/")


@pytest.mark.parametrize("escaped", ["\\", r"\"", r"\x"])
@pytest.mark.parametrize("url", ["/", "/api/account/", "/health/live"])
def test_very_many_escape_sequences_in_cookies(url, escaped):
    cookies = f'a="{escaped * 10_000}"; b=c'
    began = time.process_time()
    status, said = answered("GET", url, b"", "", cookie=cookies)
    assert status.startswith("400") and "at most 500 backslashes" in said
    assert time.process_time() - began < 0.2


def test_a_long_cookie_with_few_of_them_is_read_at_once():
    cookies = 'a="' + "x" * 400_000 + r"\"" * 500 + '"'
    began = time.process_time()
    status, _ = answered("GET", "/help/", b"", "", cookie=cookies)
    assert status == "200 OK"
    assert time.process_time() - began < 0.5


ACCEPTED = "text/html,application/xml;q=0.9,image/avif,*/*;q=0.8,application/signed-exchange;v=b3"


def test_what_browsers_send_is_read():
    kind = "application/json; charset=utf-8"
    status, _ = answered("POST", "/api/recognize/", json.dumps(INK).encode(), kind, ACCEPTED)
    assert status == "200 OK"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "us-ascii"])
def test_utf_8_by_its_names(charset):
    kind = f"application/json; charset={charset}"
    status, said = answered("POST", "/api/recognize/", json.dumps(INK).encode(), kind)
    assert (status, json.loads(said)["digit"]) == ("200 OK", 7)
