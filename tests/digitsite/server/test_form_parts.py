"""A form of very many parts is refused before Django splits it."""

import time
from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import RequestFactory

from digitsite.server.form_parts import MOST_PARTS, READ_AT_ONCE, TOO_MANY, FewParts

KIND = "multipart/form-data; boundary=X"
NAMELESS = b'--X\r\nContent-Disposition: form-data; filename="b"\r\n\r\n\r\n'


@pytest.fixture
def one_connection():
    """Keeps the test's connection open, as Django's test client does."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def environ(url: str, body: bytes) -> dict:
    made = RequestFactory().generic("POST", url, body, content_type=KIND).environ
    return made | {"wsgi.input": BytesIO(body)}


@pytest.mark.django_db
@pytest.mark.usefixtures("broker", "champion", "one_connection")
@pytest.mark.parametrize("url", ["/api/recognize/", "/accounts/login/"])
def test_parts_without_a_name(url):
    """Django takes 80 microseconds for each."""
    statuses = []
    began = time.process_time()
    content = FewParts(WSGIHandler())(
        environ(url, NAMELESS * 40_000 + b"--X--\r\n"), lambda status, *_: statuses.append(status)
    )
    assert statuses[0].startswith("400") and b"too many parts: at most 1,100" in b"".join(content)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("count", [MOST_PARTS, MOST_PARTS + 1])
@pytest.mark.parametrize("before", [0, *range(READ_AT_ONCE - 5, READ_AT_ONCE + 2)])
def test_each_part_is_counted_once_wherever_it_stands(before, count):
    given = {}

    def application(environ, start_response):
        given.update(environ, body=environ["wsgi.input"].read())
        return []

    body = b"-" + b"." * before + b"--X." * count
    FewParts(application)(environ("/", body), None)
    assert given["body"] == body
    assert (TOO_MANY in given) == (count > MOST_PARTS)


def test_a_body_that_is_no_form_is_not_read():
    given = []
    made = RequestFactory().post("/", b"{}", content_type="application/json").environ
    FewParts(lambda environ, _: given.append(environ["wsgi.input"].read()) or [])(made, None)
    assert given == [b"{}"]
