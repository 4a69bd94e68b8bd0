"""Errors that no view caught."""

import io
import logging

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from digitsite import errors
from recognizer import registry
from recognizer.models import Drawing
from tests.people import INK, person

pytestmark = pytest.mark.django_db

FIELDS = {f"field{number}": "x" for number in range(1_200)}


def files() -> dict[str, SimpleUploadedFile]:
    return {f"file{number}": SimpleUploadedFile(f"{number}.png", b"x") for number in range(150)}


@pytest.mark.parametrize("body", [FIELDS, files()], ids=["fields", "files"])
def test_too_many_parts_of_a_form_are_refused_in_the_apis_shape(broker, body):
    response = Client().post("/api/recognize/", body)

    assert response.status_code == 400 and response["Content-Type"] == "application/json"
    assert response.json()["code"] == "bad_request"
    assert "too many fields or files" in response.json()["error"]


def test_too_many_fields_of_a_page_are_refused_with_a_page():
    response = Client().post("/accounts/login/", FIELDS)

    assert response.status_code == 400 and response["Content-Type"].startswith("text/html")
    assert "too many fields or files" in response.content.decode()


def test_a_host_that_is_not_ours_is_refused_with_a_page():
    response = Client().get("/", headers={"host": "elsewhere.example"})

    assert response.status_code == 400
    assert "That request was not understood" in response.content.decode()


@pytest.fixture
def client() -> Client:
    registry.register_shipped()
    client = Client(raise_request_exception=False)
    client.force_login(person("anna"))
    return client


@pytest.fixture
def full_disk(client):
    """A database without room. Only SQLite lets itself be bounded."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk cannot be filled from here.")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1")  # it becomes as many as there are
        yield
        cursor.execute("PRAGMA max_page_count = 1073741823")


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_on_a_full_disk_a_save_is_refused_in_words_and_all_else_goes_on(client, full_disk):
    json = {"content_type": "application/json"}
    big = INK | {"strokes": INK["strokes"] * 200}
    refused = client.post("/api/drawings/", big, **json)

    assert (refused.status_code, refused.json()["code"]) == (503, "no_storage")
    assert "nothing was saved" in refused.json()["error"]
    assert refused["Retry-After"]
    assert client.post("/api/recognize/", INK, **json).json()["digit"] == 7
    assert client.get("/history/").status_code == 200
    assert not Drawing.objects.exists()


@pytest.mark.parametrize(
    "ask",
    [
        lambda: Client().get("/", headers={"host": "elsewhere.example"}),
        lambda: Client().post("/accounts/login/", FIELDS),
        lambda: Client().post("/api/recognize/", "{", content_type="application/json"),
    ],
    ids=["host", "fields", "json"],
)
def test_what_cannot_be_read_leaves_one_line(broker, monkeypatch, ask):
    console = next(one for one in logging.root.handlers if one.name == "console")
    monkeypatch.setattr(console, "stream", printed := io.StringIO())
    assert ask().status_code == 400
    assert len(printed.getvalue().splitlines()) == 1


def test_what_staff_may_not_see_leaves_one_line(monkeypatch):
    staff = Client()
    staff.force_login(person("clerk", is_staff=True))
    console = next(one for one in logging.root.handlers if one.name == "console")
    monkeypatch.setattr(console, "stream", printed := io.StringIO())
    assert staff.get("/admin/recognizer/user/").status_code == 403
    assert len(printed.getvalue().splitlines()) == 1


@pytest.mark.parametrize("kind", ["OperationalError", "InterfaceError"])
def test_a_connection_that_was_lost_is_told_in_words(rf, kind):
    """As the driver says it."""
    try:
        with connection.wrap_database_errors:
            raise getattr(connection.Database, kind)("connection lost")
    except (OperationalError, InterfaceError):
        answer = errors.broken(rf.get("/api/drawings/"))
    assert answer.status_code == 503
