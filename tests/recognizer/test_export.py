"""Exports: what they read, and how many run at once."""

import gc
import io
import zipfile

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer import export, registry
from recognizer.answers import serving
from recognizer.answers.answering import pixels_answered
from recognizer.answers.pixels import pixels_of
from recognizer.answers.stored import worker
from recognizer.ink import rasterize
from recognizer.models import Drawing, Upload
from recognizer.pictures import thumbnails
from recognizer.services import saving
from tests import networks
from tests.people import confirmed, drawn_by, program_of, signed_in
from tests.recognizer.images import encoded, seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
CSV = "/api/drawings/export/?type=csv"


def uploaded_by(owner, count: int = 1) -> list[Drawing]:
    return [
        saving.keep_image(owner=owner, content=encoded(seven()), idempotency_key=None)[0]
        for _ in range(count)
    ]


def queries_of(kind: str, owner) -> list[str]:
    exported = export.response(
        Drawing.objects.owned_by(owner), kind, person=owner, address=f"address of {owner}"
    )
    with CaptureQueriesContext(connection) as captured:
        list(exported)
    return [query["sql"] for query in captured]


def test_a_table_reads_neither_strokes_nor_uploads(champion, anna):
    drawn_by(anna)
    uploaded_by(anna)

    queries = queries_of("csv", anna)

    assert not any('"strokes"' in query or "recognizer_upload" in query for query in queries)


@pytest.mark.parametrize("kind", ["jsonl", "zip"])
def test_uploads_are_fetched_one_by_one(champion, anna, kind):
    uploaded_by(anna, 3)
    serving.warm()

    numbers, first, *others = queries_of(kind, anna)

    assert "recognizer_upload" not in numbers + first
    assert len(others) == 3 and all("recognizer_upload" in query for query in others)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "zip"])
def test_a_slow_reader_keeps_no_query_open(champion, anna, monkeypatch, kind):
    """As long as one is, SQLite's log grows with every write."""
    monkeypatch.setattr(export, "WITH_STROKES", 2)
    monkeypatch.setattr(export, "WITHOUT", 2)
    for _ in range(5):
        drawn_by(anna)
    everything = Drawing.objects.owned_by(anna)
    chunks = iter(export.response(everything, kind, person=anna, address="address of anna"))
    content = next(chunks) + next(chunks)
    everything.filter(pk=everything.last().pk).update(deleted_at=timezone.now())

    with CaptureQueriesContext(connection) as captured:
        content += b"".join(chunks)

    assert len(captured) >= 2
    assert len(rows_in(content, kind)) == 4


def rows_in(content: bytes, kind: str) -> list[bytes]:
    """The drawings of an export."""
    if kind == "zip":
        content = zipfile.ZipFile(io.BytesIO(content)).read("labels.csv")
    lines = content.splitlines()
    return lines if kind == "jsonl" else lines[1:]


@pytest.mark.parametrize("kind", ["jsonl", "zip"])
def test_an_upload_that_goes_while_the_export_runs_is_left_out(champion, anna, kind):
    gone, _, _ = uploaded_by(anna, 3)
    chunks = iter(
        export.response(
            Drawing.objects.owned_by(anna), kind, person=anna, address=f"address of {anna}"
        )
    )
    content = next(chunks)
    Upload.objects.filter(drawing=gone).delete()

    content += b"".join(chunks)

    if kind == "jsonl":
        assert len(content.splitlines()) == 2
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert len(archive.namelist()) == 3
        assert len(archive.read("labels.csv").splitlines()) == 3


def test_labels_beyond_memory_are_whole(champion, anna, monkeypatch):
    monkeypatch.setattr(export, "IN_MEMORY", 10)
    monkeypatch.setattr(export, "COPIED", 16)
    drawn_by(anna)

    content = b"".join(
        export.response(
            Drawing.objects.owned_by(anna), "zip", person=anna, address=f"address of {anna}"
        )
    )

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        header, row = archive.read("labels.csv").decode().splitlines()
    assert header.split(",") == ["file", *export.COLUMNS]
    assert row.endswith(",,False")


# How many at once -------------------------------------------------------------------------------


def close(response) -> None:
    """Closes a response as the web server does when its client goes away, but leaves the test its
    connection to the database, as Django's own test client does."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


@pytest.fixture
def two_running(anna, bert, rita):
    """As many exports as may run, begun and not read to their end."""
    drawn_by(anna, answered=False)
    mine = Drawing.objects.owned_by(anna)
    people = {"csv": bert, "zip": rita}
    running = [
        export.response(mine, kind, person=one, address=f"address of {one}")
        for kind, one in people.items()
    ]
    next(iter(running[0]))
    yield running
    for response in running:
        close(response)


def status_of_another(api) -> int:
    response = api.get(CSV)
    close(response)
    return response.status_code


def test_one_export_too_many_is_told_to_wait(two_running, api):
    response = api.get(CSV)

    assert response.status_code == 429 and response["Retry-After"] == "60"
    assert response.json() == {"error": export.TooManyExports.default_detail, "code": "throttled"}


def test_one_export_too_many_sends_back_to_the_history(two_running, anna):
    client = confirmed(signed_in(anna, Client))
    response = client.get("/history/export/?type=csv&state=wrong", follow=True)

    assert response.redirect_chain == [("/history/?state=wrong", 302)]
    assert export.TooManyExports.default_detail in response.content.decode()


def test_nobody_has_two_at_once(anna, bert):
    running = export.response(
        Drawing.objects.none(), "csv", person=anna, address=f"address of {anna}"
    )
    assert [status_of_another(program_of(one)) for one in (anna, bert)] == [429, 200]
    close(running)
    assert status_of_another(program_of(anna)) == 200


def test_one_address_does_not_have_all(anna, bert, rita):
    """It may have several accounts, and read as slowly as it likes."""
    at_home = {"REMOTE_ADDR": "192.0.2.7"}
    running = export.response(Drawing.objects.none(), "csv", person=anna, address="192.0.2.7")
    assert program_of(bert).get(CSV, **at_home).status_code == 429
    elsewhere = program_of(rita).get(CSV, REMOTE_ADDR="192.0.2.8")
    assert elsewhere.status_code == 200
    close(elsewhere)
    close(running)
    after = program_of(bert).get(CSV, **at_home)
    assert after.status_code == 200
    close(after)


@pytest.mark.parametrize("which", [0, 1], ids=["half read", "never read"])
def test_a_client_that_goes_away_makes_room_once(two_running, api, reviewer, which):
    close(two_running[which])
    close(two_running[which])

    assert status_of_another(api) == 200
    kept = export.response(
        Drawing.objects.none(), "csv", person=reviewer, address=f"address of {reviewer}"
    )
    assert status_of_another(api) == 429
    close(kept)


def test_a_response_that_nobody_closed_makes_room(two_running, api):
    two_running.pop()
    gc.collect()

    assert status_of_another(api) == 200


def test_an_export_that_is_read_makes_room(champion, api, anna):
    for _ in range(5):
        assert b"".join(api.get(CSV).streaming_content)


# Pixels -----------------------------------------------------------------------------------------


@pytest.fixture(params=["strokes", "upload"])
def answered_by_the_second(request, champion, anna, second_ink) -> Drawing:
    drawing = drawn_by(anna) if request.param == "strokes" else uploaded_by(anna)[0]
    worker.answer([drawing])
    drawing.predictions.update(ink_version=2)
    return Drawing.objects.get()


def test_pixels_are_drawn_with_the_ink_of_the_answer(answered_by_the_second, anna):
    drawing = answered_by_the_second
    seen = thumbnails.png(pixels_of(drawing, version=2))
    assert seen != thumbnails.png(pixels_of(drawing, version=1))

    page = signed_in(anna, Client).get(f"/drawings/{drawing.pk}/pixels/")
    content = b"".join(
        export.response(Drawing.objects.all(), "zip", person=anna, address=f"address of {anna}")
    )

    assert page.content == seen
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read(f"{drawing.pk}-unlabelled.png") == seen


def test_without_an_answer_and_a_champion_the_default_ink_is_shown(anna, second_ink):
    drawing = drawn_by(anna, answered=False)

    default = pixels_of(drawing, version=rasterize.DEFAULT_VERSION)
    assert (pixels_answered(drawing) == default).all()


def test_without_an_answer_the_champions_ink_is_shown(anna, second_ink):
    registry.register(
        onnx=networks.saying(3),
        safetensors=b"",
        manifest=networks.MANIFEST | {"ink_version": second_ink},
        origin="trained",
    )
    drawing = drawn_by(anna, answered=False)

    assert (pixels_answered(drawing) == pixels_of(drawing, version=second_ink)).all()
