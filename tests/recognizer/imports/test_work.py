"""An import from its file to drawings with labels."""

import base64
import datetime as dt
import gzip
import json
import random
import tracemalloc

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognizer import export
from recognizer.answers.stored import worker
from recognizer.imports import work
from recognizer.limits import quota
from recognizer.models import Drawing, Exemplar, Import, Label, imports
from recognizer.services import deleting, labelling, saving
from tests.people import drawn_by
from tests.recognizer.images import encoded, png_with_a_bomb, seven
from tests.recognizer.imports.made import (
    carry_on,
    checked,
    imported,
    jsonl,
    line,
    picture,
    stroke,
    zipped,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


def labels_of(owner) -> list[int | None]:
    return [one.truth for one in Drawing.objects.owned_by(owner).order_by("pk")]


def refusals(one: Import) -> dict[str, str]:
    return {row.place: row.refusal for row in work.refusals(one, 100)}


def test_nothing_is_stored_before_its_owner_says_so(anna):
    one = checked(anna, jsonl(line(1, 7), line(2, "not a digit"), line(3, None), line(4, "7")))

    assert (one.state, one.ready) == ("checked", 4)
    assert work.digits(one) == {"not a digit": 1, "7": 2, "unlabelled": 1}
    assert not Drawing.objects.exists()


def test_a_small_file_that_unpacks_to_much_takes_little_memory(anna):
    padded = json.dumps(json.loads(line(1)) | {"note": "y" * 50_000})
    file = gzip.compress("\n".join([padded] * 300).encode(), mtime=0)
    tracemalloc.start()
    made = work.receive(anna, "small.jsonl.gz", file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(file) < 100_000 and most < 6_000_000
    assert (made.total, made.rows.count()) == (300, 300)


def test_what_is_stored_is_its_owners_with_the_labels(anna):
    one = imported(anna, jsonl(line(1, 3), line(2, "not a digit"), line(3, None)))

    assert (one.state, one.kept, one.refused) == ("done", 3, 0)
    first, no_digit, unlabelled = Drawing.objects.owned_by(anna).order_by("pk")
    assert first.strokes == stroke(1) and (first.width, first.height) == (100, 100)
    assert (first.truth, first.truth_given, first.label.role) == (3, True, "owner")
    assert first.owner_label == first.label and first.label.author == anna
    assert (no_digit.truth, no_digit.truth_given) == (None, True)
    assert unlabelled.label is None and not unlabelled.truth_given
    assert {one.drawing_id for one in Exemplar.objects.all()} == {first.pk, no_digit.pk}
    assert not one.rows.exists() and one.finished_at


def test_workers_read_what_is_stored_and_it_is_counted_like_any_label(anna):
    imported(anna, jsonl(line(1, 7), line(2, 3)))
    worker.answer_waiting()

    outcomes = Drawing.objects.order_by("pk").values_list("outcome", "doubt")
    assert list(outcomes) == [("right", 5), ("wrong", Drawing.Doubt.DISAGREED)]


def test_the_sites_own_export_comes_back_whole(anna, bert):
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=4)
    saving.keep_image(owner=anna, content=encoded(seven()))
    unlabelled = drawn_by(anna, answered=False)
    Drawing.objects.filter(pk=unlabelled.pk).update(strokes=stroke(9), width=123.5)
    exported = "".join(export.json_lines(Drawing.objects.owned_by(anna).order_by("pk"))).encode()

    one = imported(bert, exported)

    assert (one.kept, one.refused) == (3, 0)
    for mine, theirs in zip(
        *(Drawing.objects.owned_by(who).order_by("pk") for who in (anna, bert)), strict=True
    ):
        assert (mine.strokes, mine.width, mine.height) == (
            theirs.strokes,
            theirs.width,
            theirs.height,
        )
        assert (mine.truth, mine.truth_given) == (theirs.truth, theirs.truth_given)
        if mine.uploaded:
            assert (mine.upload.image() == theirs.upload.image()).all()
    # To whom the drawings are there already it brings none.
    assert (imported(anna, exported).known, Drawing.objects.owned_by(anna).count()) == (3, 3)


def test_an_id_of_another_drawing_hides_nothing(anna):
    other = drawn_by(anna)
    assert imported(anna, jsonl(line(1, 7, id=other.pk))).kept == 1


def test_a_zip_of_pictures_is_stored(anna):
    files = {"a.png": picture(), "b.jpg": picture(1, "JPEG"), "c.png": b"no picture"}
    table = "file,label\na.png,7\nb.jpg,not a digit\nc.png,1\n"

    one = imported(anna, zipped(files, table))

    assert (one.kept, one.refused) == (2, 1)
    assert labels_of(anna) == [7, None]
    assert all(one.uploaded and one.upload.image().any() for one in Drawing.objects.all())
    assert refusals(one) == {
        "c.png": "This cannot be read as a picture: use PNG, JPEG, WebP, BMP or TIFF."
    }


def test_every_refusal_names_its_line_and_the_rest_is_stored(anna):
    lines = [
        line(1),
        "no json",
        line(2, 17),
        json.dumps({"label": 7}),
        line(3, strokes=[]),
        line(4, True),
        json.dumps({"image": "?", "label": 1}),
        json.dumps({"image": base64.b64encode(png_with_a_bomb()).decode(), "label": 1}),
        "[" * 5000,
        line(4, image="?"),
        line(5)[:-1] + ', "label": 3}',
        line(6)[:-1] + f', "\\u0000{"n" * 1000}": 1' * 2 + "}",
        line(5),
    ]

    one = imported(anna, jsonl(*lines))

    assert (one.kept, one.refused) == (2, 11)
    said = refusals(one)
    assert list(said) == [f"line {number}" for number in range(2, 13)]
    assert said["line 11"] == "“label” is given more than once."
    assert said["line 12"] == f"“?{'n' * 49}” is given more than once."
    assert said["line 2"] == said["line 9"] == "The line is not valid JSON."
    assert said["line 3"].startswith("The label must be a digit, 0 to 9")
    assert said["line 4"].startswith("A line is a JSON object with strokes")
    assert said["line 10"] == said["line 4"]  # of two drawings one would not be kept
    assert said["line 5"] == "The drawing has no strokes."
    assert said["line 7"] == "The image must be a picture in base64."
    assert all(sentence.endswith(".") for sentence in said.values())


def test_only_what_a_report_lists_is_kept(anna, monkeypatch):
    monkeypatch.setattr(work, "MOST_REFUSALS", 2)
    one = imported(anna, jsonl(*["{}"] * 3, line()))
    assert (one.refused, [row.number for row in one.rows.all()]) == (3, [1, 2])


def test_the_same_file_twice_makes_nothing_twice(anna, bert):
    content = jsonl(line(1), line(2), line(1, 3))
    assert (imported(anna, content).kept, labels_of(anna)) == (2, [7, 7])

    again = checked(anna, content)

    assert (again.known, again.ready) == (3, 0)
    work.start(again)
    assert carry_on(again).kept == 0 and Drawing.objects.count() == 2
    assert imported(bert, content).kept == 2  # what others have is nobody's business
    deleting.delete(Drawing.objects.owned_by(anna))
    assert imported(anna, content).kept == 2


def test_a_batch_is_stored_once_however_often_its_task_comes(anna):
    one = checked(anna, jsonl(*map(line, range(5))))
    work.start(one)

    assert work.go_on(one.pk, 0) is None and work.go_on(one.pk, 0) is None

    assert Drawing.objects.count() == Label.objects.count() == 5


def test_what_a_killed_worker_had_begun_is_done_by_another(anna, monkeypatch):
    monkeypatch.setattr(work, "SECONDS_AT_ONCE", 0)  # one row a task
    one = checked(anna, jsonl(*map(line, range(3))))
    work.start(one)
    work.go_on(one.pk, 0)
    with transaction.atomic():
        work.go_on(one.pk, 1)
        transaction.set_rollback(True)  # killed before the commit
    one.refresh_from_db()
    assert (one.position, one.kept, Drawing.objects.count()) == (1, 1, 1)

    assert carry_on(one).kept == Drawing.objects.count() == 3


def test_the_sweep_sends_lost_tasks_again(anna, broker):
    one = work.receive(anna, "a", jsonl(line()))
    before = broker.client.llen("digitsite:imports")

    work.resume()
    assert broker.client.llen("digitsite:imports") == before + 1
    carry_on(one)
    work.resume()

    assert broker.client.llen("digitsite:imports") == before + 1


def test_a_file_that_did_not_arrive_whole_is_refused_in_words_within_minutes(anna, bert):
    """The web process was killed while it stored the rows."""
    cut = work.receive(anna, "a", jsonl(*(line(number) for number in range(4))))
    cut.rows.filter(number__gt=2).delete()
    whole = work.receive(bert, "b", jsonl(line()))
    work.go_on(cut.pk, 0)
    assert work.go_on(cut.pk, 2) is None

    work.resume()
    cut.refresh_from_db()
    assert cut.state == "checking"  # the rest may still come
    Import.objects.update(created_at=timezone.now() - dt.timedelta(minutes=6))
    work.resume()
    cut.refresh_from_db()
    whole.refresh_from_db()

    assert (cut.state, cut.kept, cut.refused, whole.state) == ("done", 0, 4, "checking")
    assert cut.finished_at and cut.rows.count() == 1
    assert "Nothing was stored. Send it again." in refusals(cut)["the file"]
    assert imported(anna, jsonl(line(1))).kept == 1


def test_who_has_no_room_is_told_in_the_report(anna, settings):
    settings.MOST_KEPT_MB = 1
    one = checked(anna, jsonl(*(line(n) for n in range(5))))
    work.start(one)
    for number in range(3):
        quota.admit(anna, 333_333 if number else 328_000)
    carry_on(one)

    assert (one.kept, one.refused) == (3, 2)
    assert all("You may keep 1 MB" in said for said in refusals(one).values())


def test_imported_dots_take_the_room_of_their_rows_too(anna, settings):
    settings.MOST_KEPT_MB = 1
    one = checked(anna, jsonl(*(line(n) for n in range(5))))
    work.start(one)
    quota.admit(anna, 998_000)
    assert (carry_on(one).kept, one.refused) == (1, 4)


def test_what_was_not_started_takes_room_too(anna, settings):
    settings.MOST_KEPT_MB = 1
    noise = random.Random(1).randbytes(300_000).hex()
    one = work.receive(anna, "a", jsonl(line(1, more=noise)))
    assert quota.used(anna) > 500_000
    caches["memory"].clear()  # a minute later
    with pytest.raises(quota.QuotaExceeded):
        quota.admit(anna, 500_000)
    with pytest.raises(quota.QuotaExceeded):
        work.receive(anna, "b", jsonl(line(2, more=noise)))
    assert Import.objects.get() == one and work.shortage(one) == ""

    work.start(carry_on(one))
    quota.admit(anna, 900_000)
    assert carry_on(one).kept == 1


def test_a_shortage_is_said_before(anna, settings):
    one = checked(anna, jsonl(line()))
    assert work.shortage(one) == ""
    settings.MOST_KEPT_MB = 0
    assert "you have room for 0.0 MB" in work.shortage(one)


def test_a_person_has_only_so_many_reports(anna, bert, monkeypatch):
    monkeypatch.setattr(work, "MOST_REPORTS", 2)
    theirs = imported(bert, jsonl("{}"))
    _, *latest = [imported(anna, jsonl("{}")) for _ in range(3)]
    new = work.receive(anna, "a", jsonl("{}"))
    assert set(Import.objects.all()) == {theirs, *latest, new}
    assert imports.ImportRow.objects.count() == 4


def test_a_new_file_takes_the_place_of_one_that_was_not_started(anna):
    first = checked(anna, jsonl(line(1)))
    second = checked(anna, jsonl(line(2)))
    assert list(Import.objects.all()) == [second] and first != second
    work.start(second)

    with pytest.raises(work.AlreadyImporting):
        work.receive(anna, "a", jsonl(line(3)))
    assert carry_on(second).kept == 1


def padded(number: int, size: int) -> str:
    """A line with so many more bytes."""
    return line(number)[:-1] + f', "more": "{"x" * size}"' + "}"


committed = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)


@committed
def test_others_can_save_while_a_large_file_is_stored_or_deleted(anna):
    """No transaction stores or deletes more than a part of it."""
    large = jsonl(*(padded(number, work.BYTES_AT_ONCE // 2) for number in range(4)))
    many = jsonl(*(line(number) for number in range(2 * imports.DELETED_AT_ONCE)))
    with CaptureQueriesContext(connection) as stored:
        work.receive(anna, "a", large)
    made = work.receive(anna, "a", many)
    with CaptureQueriesContext(connection) as deleted:
        work.discard(made)
    assert in_a_row(stored, 'INSERT INTO "recognizer_importrow"') == 1
    assert in_a_row(deleted, DELETION) == 1
    assert not Import.objects.exists()


@committed
@pytest.mark.parametrize("how", ["in time", "with the account"])
def test_others_can_save_while_old_reports_are_deleted(anna, monkeypatch, how):
    """A report keeps the rows that were refused: one person may have millions."""
    monkeypatch.setattr(imports, "DELETED_AT_ONCE", 2)
    for _ in range(2):
        imported(anna, jsonl(*["{}"] * 3))
    Import.objects.update(finished_at=timezone.now() - dt.timedelta(days=31))
    with CaptureQueriesContext(connection) as deleted:
        work.erase_expired() if how == "in time" else deleting.delete_account(anna)
    assert in_a_row(deleted, DELETION) == 1
    assert not Import.objects.exists()


DELETION = 'DELETE FROM "recognizer_importrow"'


def in_a_row(captured: CaptureQueriesContext, start: str) -> int:
    """The most statements that begin so in one transaction; there must be several in all."""
    said = [query["sql"] for query in captured]
    counts = [one.count(start) for one in "\n".join(said).split("COMMIT")]
    assert sum(counts) >= 2
    return max(counts)


@committed
def test_what_cannot_be_stored_whole_leaves_nothing(anna):
    with connection.execute_wrapper(failing_at_row(2)), pytest.raises(OperationalError):
        work.receive(anna, "a", jsonl(*(padded(n, work.BYTES_AT_ONCE // 2) for n in range(4))))
    assert not Import.objects.exists()


def failing_at_row(count: int):
    """A database whose disk is full once so many statements have stored rows."""
    stored = 0

    def execute(run, sql, *rest):
        nonlocal stored
        stored += sql.startswith('INSERT INTO "recognizer_importrow"')
        if stored == count:
            stored += 1
            raise OperationalError("database or disk is full")
        return run(sql, *rest)

    return execute


def test_only_what_was_looked_through_can_be_started_and_once(anna):
    one = work.receive(anna, "a", jsonl(line()))
    with pytest.raises(work.NotChecked):
        work.start(one)
    carry_on(one)
    work.start(one)
    with pytest.raises(work.NotChecked):
        work.start(one)


def test_a_file_that_is_refused_leaves_the_one_before_alone(anna):
    first = checked(anna, jsonl(line()))
    with pytest.raises(work.files.BadImport):
        work.receive(anna, "a", b"")
    assert list(Import.objects.all()) == [first]


def test_what_is_discarded_is_worked_on_no_more(anna):
    one = checked(anna, jsonl(line()))
    work.start(one)
    work.discard(one)
    assert work.go_on(one.pk, 0) is None
    assert not Drawing.objects.exists() and not Import.objects.exists()


def test_old_imports_go(anna, bert):
    def aged(one: Import, **fields) -> Import:
        Import.objects.filter(pk=one.pk).update(**fields)
        return one

    now = timezone.now()
    aged(checked(anna, jsonl(line())), created_at=now - dt.timedelta(days=2))
    aged(imported(bert, jsonl(line(1))), finished_at=now - dt.timedelta(days=31))
    recent = imported(bert, jsonl(line(2)))

    work.erase_expired()

    assert list(Import.objects.all()) == [recent]
