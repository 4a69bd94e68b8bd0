"""The pages of imports."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognizer.models import Drawing, Import, Label
from recognizer.views import imports as pages
from tests.people import signed_in
from tests.recognizer.imports.made import carry_on, jsonl, line, picture, zipped

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]
FRAGMENT = {"headers": {"X-Fragment": "1"}}


@pytest.fixture
def client(anna) -> Client:
    return signed_in(anna, Client)


def sent(client: Client, content: bytes) -> str:
    """The address of the import's page."""
    file = SimpleUploadedFile("mine.jsonl", content)
    response = client.post("/history/import/", {"file": file})
    assert response.status_code == 302
    return response["Location"]


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_file_is_shown_before_it_is_stored(client, anna):
    address = sent(client, jsonl(line(1, 7), line(2, "not a digit"), line(3, None), "?"))
    assert "Checked 0 of 4 drawings." in text(client, address)
    assert client.get(address, **FRAGMENT).status_code == 200
    carry_on(Import.objects.get())
    assert client.get(address, **FRAGMENT).status_code == 204

    shown = text(client, address)

    assert "3 drawings to store" in shown and "1 drawing refused" in shown
    assert "<dt>line 4</dt><dd>The line is not valid JSON.</dd>" in shown
    assert shown.count("data:image/svg+xml;base64,") == 3
    assert not Drawing.objects.exists()

    client.post(f"{address}start/")
    carry_on(Import.objects.get())
    assert "3 drawings stored" in text(client, address)
    assert "3 stored, 1 refused" in text(client, "/history/import/")


def test_pictures_are_shown_too_but_not_all(client, monkeypatch):
    monkeypatch.setattr(pages, "SHOWN", 1)
    files = {"a.png": picture(), "b.png": picture(1)}
    address = sent(client, zipped(files, "file,label\na.png,7\nb.png,7\n"))
    carry_on(Import.objects.get())

    assert text(client, address).count("data:image/png;base64,") == 1


def test_where_nothing_can_be_stored_there_is_no_button(client):
    address = sent(client, b"{")
    carry_on(Import.objects.get())
    shown = text(client, address)
    assert "Nothing to store" in shown and "start/" not in shown


def test_what_is_no_such_file_is_told_on_the_page(client):
    response = client.post("/history/import/", {"file": SimpleUploadedFile("a", b"PK nonsense")})
    assert response.status_code == 400
    assert "The zip is damaged or incomplete." in response.content.decode()


def test_who_has_no_room_for_a_file_is_told_on_the_page(client, settings):
    settings.MOST_KEPT_MB = 0
    response = client.post("/history/import/", {"file": SimpleUploadedFile("a", jsonl(line()))})
    assert response.status_code == 400 and not Import.objects.exists()
    assert "You may keep 0 MB, and there is no more room" in response.content.decode()


def test_starting_too_early_is_told(client):
    address = sent(client, jsonl(line()))
    response = client.post(f"{address}start/", follow=True)
    assert "after it has been checked" in response.content.decode()


def test_a_discarded_import_leaves_nothing(client):
    address = sent(client, jsonl(line()))
    assert client.post(f"{address}discard/")["Location"] == "/history/import/"
    assert client.get(address).status_code == 404 and not Import.objects.exists()


def test_of_a_tenth_as_many_files_as_images_the_next_has_to_wait(client, set_rate):
    set_rate("image", 29)
    for number in range(2):
        sent(client, jsonl(line(number)))

    file = SimpleUploadedFile("third.jsonl", jsonl(line(3)))
    refused = client.post("/history/import/", {"file": file})

    assert refused.status_code == 429 and 0 < int(refused["Retry-After"]) <= 86_400
    assert re.search(r"Too many files\. Try again in \d+ seconds?\.", refused.content.decode())
    assert Import.objects.get().name == "mine.jsonl"
    assert client.get("/history/import/").status_code == 200


def test_a_label_that_is_not_used_is_told(client, anna):
    address = sent(client, jsonl(line(1, 7), line(2, None), line(3, 7)))
    carry_on(Import.objects.get())
    client.post(f"{address}start/")
    carry_on(Import.objects.get())
    address = sent(client, jsonl(line(1, 2), line(2, 7), line(3, 7), line(4, 7), line(4, 8)))
    one = carry_on(Import.objects.exclude(state="done").get())
    said = "Of these, 3 drawings are labelled differently in the file"

    assert (one.known, one.unused_labels) == (4, 3) and said in text(client, address)
    client.post(f"{address}start/")
    carry_on(one)
    assert (one.known, one.unused_labels) == (4, 3) and said in text(client, address)
    assert [label.digit for label in Label.objects.order_by("pk")] == [7, 7, 7]


def test_strangers_find_nothing(client, bert):
    address = sent(client, jsonl(line()))
    stranger = signed_in(bert, Client)
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}start/").status_code == 404
    assert stranger.post(f"{address}discard/").status_code == 404
    assert "mine.jsonl" not in text(stranger, "/history/import/")
