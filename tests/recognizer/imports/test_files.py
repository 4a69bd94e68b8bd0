"""Files of labelled drawings, split into rows, and those that mean harm."""

import gzip
import io
import struct
import time
import tracemalloc
import zipfile

import pytest

from recognizer.imports import files
from recognizer.imports.files import BadImport
from tests.recognizer.imports.made import jsonl, line, picture, zipped

TABLE = "file,label\na.png,7\n"


def read(content: bytes) -> list[files.Row]:
    return list(files.rows(content))


def refusals(content: bytes) -> dict[str, str]:
    return {row.place: row.refusal for row in read(content) if row.refusal}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzipped"])
def test_lines_carry_their_number_and_empty_ones_are_none(pack):
    found = read(pack(jsonl(line(1), "", line(2))))

    assert [row.place for row in found] == ["line 1", "line 3"]
    assert found[1].content.decode() == line(2)


def test_a_zip_holds_pictures_with_their_labels_also_in_a_folder():
    table = "\ufefflabel,file\nnot a digit,a.png\n,b.png\n"
    packed = zipped({"d/a.png": b"A", "d/b.png": b"B", "d/labels.csv": table.encode()}, None)

    found = [(row.place, row.content, row.label, row.is_picture) for row in read(packed)]

    assert found == [("a.png", b"A", "not a digit", True), ("b.png", b"B", "", True)]


def test_what_the_table_and_the_zip_do_not_share_is_refused_by_name():
    packed = zipped({"a.png": b"A", "b.png": b"B"}, TABLE + "c.png,3\na.png,3\n")

    assert refusals(packed) == {
        "c.png": "It is not in the zip.",
        "a.png": "labels.csv names it twice.",
        "b.png": "labels.csv does not name it.",
    }


def test_paths_are_names_and_nothing_else():
    packed = zipped({"../../etc/passwd": b"A"}, "file,label\n../../etc/passwd,7\n")

    [row] = read(packed)

    assert (row.place, row.content) == ("../../etc/passwd", b"A")


def test_a_picture_that_is_encrypted_or_packed_otherwise_is_refused():
    packed = bytearray(zipped({"a.png": b"A"}, TABLE))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert "without a password" in refusals(bytes(packed))["a.png"]

    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("labels.csv", TABLE)
        archive.writestr("a.png", b"A", compress_type=zipfile.ZIP_LZMA)
    assert "use a plain zip" in refusals(other.getvalue())["a.png"]


def test_what_a_zip_says_of_its_sizes_is_not_believed(monkeypatch):
    packed = bytearray(zipped({"a.png": b"A" * 5_000_000}, TABLE, compression=zipfile.ZIP_DEFLATED))
    entry = packed.index(b"PK\x01\x02")
    packed[entry + 24 : entry + 28] = (100).to_bytes(4, "little")  # it says: 100 bytes

    assert refusals(bytes(packed)) == {"a.png": "It is damaged in the zip."}


def test_a_large_picture_and_a_long_line_are_refused_and_the_rest_is_read(monkeypatch):
    monkeypatch.setattr(files, "MOST_IN_ROW", 300)
    assert refusals(zipped({"a.png": b"A" * 301}, TABLE)) == {
        "a.png": "The picture has more than 300 bytes."
    }

    content = jsonl(line(1), line(2, note="x" * 900), line(3))
    assert refusals(content) == {"line 2": "The line has more than 300 bytes."}
    assert [row.place for row in read(content)] == ["line 1", "line 2", "line 3"]


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"\n" * 100_000, mtime=0),
        gzip.compress(b"x" * 100_000, mtime=0),
        zipped(
            {f"{n}.png": b"\0" * 900 for n in range(60)},
            "file,label\n" + "".join(f"{n}.png,1\n" for n in range(60)),
            compression=zipfile.ZIP_DEFLATED,
        ),
    ],
    ids=["empty lines", "one line", "zip"],
)
def test_bombs_are_refused(monkeypatch, content):
    monkeypatch.setattr(files, "MOST_UNPACKED", 50_000)
    with pytest.raises(BadImport, match="Unpacked, the file has more than"):
        read(content)


def test_empty_lines_and_damaged_pictures_count_too(monkeypatch):
    monkeypatch.setattr(files, "MOST_UNPACKED", 50_000)
    monkeypatch.setattr(files, "MOST_IN_ROW", 20_000)
    bombs = {f"{n}.png": b"\0" * 19_000 for n in range(3)}
    table = "file,label\n" + "".join(f"{n}.png,1\n" for n in range(3))
    damaged = zipped(bombs, table).replace(b"\0" * 100, b"\1" * 100)  # no longer its checksum's
    for content in (gzip.compress(b"\n" * 1_000), damaged):
        with pytest.raises(BadImport, match="Unpacked, the file has more than"):
            read(content)


def test_a_picture_is_unpacked_once_however_often_it_is_named():
    twice = zipped({"a.png": picture()}, TABLE + "a.png,1\n")
    assert [bool(row.refusal) for row in read(twice)] == [False, True]


def test_what_macos_puts_into_a_zip_is_left_out():
    theirs = {"__MACOSX/._a.png": b"x", "._a.png": b"x", ".DS_Store": b"x"}
    [row] = read(zipped({"a.png": picture(), **theirs}, TABLE))
    assert (row.place, row.refusal) == ("a.png", "")


def test_a_zip_in_a_zip_is_a_picture_that_nobody_unpacks():
    inner = zipped({"a.png": b"A"}, TABLE)
    [row] = read(zipped({"a.png": inner}, TABLE))
    assert row.content == inner


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no drawings"),
        (b"\n\n", "holds no drawings"),
        (gzip.compress(b"x" * 500, mtime=0)[:-9], "damaged or incomplete"),
        (zipped({"a.png": b"A"}, TABLE)[:-30], "damaged or incomplete"),
        (zipped({"a.png": b"A"}, None), "there is none"),
        (zipped({"x/labels.csv": b""}, TABLE), "there are 2"),
        (zipped({"a.png": b"A"}, "name,digit\n"), "needs the columns"),
        (zipped({"a.png": b"A"}, 'file,label\n"a.png,7'), "cannot be read"),
        (b"%PDF-1.7\n1 0 obj\n", "neither JSON lines of drawings nor a zip"),
        (gzip.compress(b"a.png,7\n", mtime=0), "neither JSON lines of drawings nor a zip"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(content, said):
    with pytest.raises(BadImport, match=said):
        read(content)


def test_a_byte_order_mark_may_begin_json_lines():
    [row] = read(b"\xef\xbb\xbf" + line().encode())
    assert not row.refusal


def test_too_many_drawings_are_refused(monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 2)
    with pytest.raises(BadImport, match="more than 2 drawings: split it"):
        read(jsonl(*map(line, range(3))))
    with pytest.raises(BadImport, match="more than 2 files: split it"):
        read(zipped({f"{n}.png": b"" for n in range(105)}, TABLE))


def test_a_gzip_of_very_many_parts_is_refused():
    parts = [gzip.compress(one) for one in (line(1).encode(), b"\n", line(2).encode())]
    assert len(read(b"".join(parts))) == 2
    with pytest.raises(BadImport, match="more than 10,000 gzipped parts: split it"):
        read(b"".join(parts) + gzip.compress(b"") * files.MOST_MEMBERS)


def test_a_gzip_takes_no_time_for_its_header_and_the_zeros_after_it():
    """As Python's module gzip does: each takes it a second."""
    packed = gzip.compress(line().encode(), mtime=0)
    name, named = b"n" * 6_000_000 + b"\0", packed[:3] + b"\x08" + packed[4:10]
    began = time.process_time()

    assert len(read(named + name + packed[10:])) == 1
    assert len(read(packed + b"\0" * 6_000_000)) == 1

    assert time.process_time() - began < 0.5


def test_zeros_may_follow_a_part_of_a_gzip_and_nothing_else():
    packed = gzip.compress(line().encode() + b"\n")
    assert len(read(packed + b"\0" * 40_000 + packed)) == 2
    for damaged in (packed + b"x", packed[:-1], packed[:5], packed[:-5] + b"x" + packed[-4:]):
        with pytest.raises(BadImport, match="damaged or incomplete"):
            read(damaged)


def test_a_zip_of_which_an_entry_is_beyond_all_bounds_or_has_no_name():
    entry = zipfile.ZipInfo("a.png")
    entry.extra = struct.pack("<HHQ", 1, 8, 2**63)  # where it begins
    beyond = io.BytesIO()
    with zipfile.ZipFile(beyond, "w") as archive:
        archive.writestr("labels.csv", TABLE)
        archive.writestr(entry, b"A")
    said = bytearray(beyond.getvalue())
    begins = said.rindex(b"PK\x01\x02") + 42
    said[begins : begins + 4] = b"\xff" * 4

    assert refusals(bytes(said)) == {"a.png": "It is damaged in the zip."}
    nameless = zipped({"b.png": b"B", "a.png": picture()}, TABLE).replace(b"b.png", b"\0.png")
    assert [row.place for row in read(nameless)] == ["a.png"]


def test_a_row_takes_the_time_of_its_own_cells():
    table = "file,label" + ",x" * 200_000 + "\n" + "a.png,7\n" * files.MOST_ROWS

    found = read(zipped({"a.png": picture()}, table, compression=zipfile.ZIP_DEFLATED))

    assert len(found) == files.MOST_ROWS and not found[0].refusal


def test_a_table_of_very_many_cells_is_refused_before_they_take_memory():
    columns = "file,label," + ",".join(map(str, range(500_000)))
    packed = zipped({"a.png": picture()}, columns, compression=zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    try:
        with pytest.raises(BadImport, match=r"labels\.csv has more than 400,000 cells: split it"):
            read(packed)
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
    finally:
        tracemalloc.stop()


def test_a_table_is_no_longer_than_that_of_the_largest_import(monkeypatch):
    monkeypatch.setattr(files, "MOST_IN_TABLE", 100)
    with pytest.raises(BadImport, match=r"labels\.csv cannot be read\. It has more than 100 bytes"):
        read(zipped({"a.png": picture()}, TABLE + "\n" * 100))


def test_of_a_row_that_is_short_the_rest_is_empty():
    [row] = read(zipped({"a.png": picture()}, "file,note,label\na.png\n"))
    assert (row.place, row.label, row.refusal) == ("a.png", "", "")


def test_zeros_in_names_reach_no_database():
    assert read(zipped({"a.png": picture()}, "file,label\na\0.png,7\n"))[0].place == "a\ufffd.png"
