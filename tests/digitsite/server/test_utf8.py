"""Text in another encoding than UTF-8 is refused before Django reads anything by it."""

import json
import time

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from digitsite.server.utf8 import OnlyUtf8
from tests.people import INK

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


def answered(method: str, url: str, body: bytes, kind: str) -> tuple[str, str]:
    """Status and content."""
    statuses = []
    environ = RequestFactory().generic(method, url, body).environ | {"CONTENT_TYPE": kind}
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


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "us-ascii"])
def test_utf_8_by_its_names(charset):
    kind = f"application/json; charset={charset}"
    status, said = answered("POST", "/api/recognize/", json.dumps(INK).encode(), kind)
    assert (status, json.loads(said)["digit"]) == ("200 OK", 7)
