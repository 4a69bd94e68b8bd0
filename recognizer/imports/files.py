"""Splits a file of labelled drawings into rows: JSON lines, plain or gzipped, or a zip of pictures
with labels.csv. Pure: no Django.

Nothing is unpacked to disk, and the sizes that a file declares are not trusted.
"""

import csv
import io
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from recognizer.imports import gunzip

MOST_ROWS = 10_000
# Limits in bytes: of everything unpacked, and of one line or picture. An empty line takes time too,
# and counts as LEAST_IN_LINE.
MOST_UNPACKED, MOST_IN_ROW, LEAST_IN_LINE = 40_000_000, 1_400_000, 64
LABELS = "labels.csv"
NO_IMPORT = "The file is neither JSON lines of drawings nor a zip of pictures with labels.csv."
# In bytes. The directory of an export of MOST_ROWS drawings has half of this.
MOST_IN_TABLE = 5_000_000
# The most commas: a line of a million columns takes 200 MB of memory. Exports have ten a drawing.
MOST_CELLS = 40 * MOST_ROWS

_ZIP, _GZIP = b"PK", b"\x1f\x8b"
# Every member of a gzip file begins with these bytes, which its data contain only by chance. Empty
# members unpack to nothing, but each takes time.
_MEMBER, MOST_MEMBERS = b"\x1f\x8b\x08", 10_000
# What may stand before a line of JSON: spaces and UTF-8's byte order mark.
_BEFORE_JSON = b" \t\xef\xbb\xbf"
# Every entry of a zip's directory begins with these bytes.
_ENTRY = b"PK\x01\x02"
_BROKEN_ZIP = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error,
    OverflowError,
)  # fmt: skip


class BadImport(ValueError):
    """A file that cannot be imported at all. The message is one sentence for a person."""


class _BadEntry(ValueError):
    """One file of a zip that cannot be read. The message is one sentence for a person."""


@dataclass(frozen=True)
class Row:
    """One drawing of a file, not yet looked at.

    place: where it stands, for people: "line 3", or a picture's name.
    content: a line of JSON, or a picture; `label` is what labels.csv says of a picture.
    refusal: why it cannot be read, in one sentence; then there is no content.
    """

    place: str
    content: bytes = b""
    is_picture: bool = False
    label: str = ""
    refusal: str = ""


def rows(content: bytes) -> Iterator[Row]:
    """Yields the file's drawings in order. Raises BadImport, possibly after some rows."""
    found = _zip_rows(content) if content.startswith(_ZIP) else _line_rows(content)
    number = 0
    for number, row in enumerate(found, start=1):
        if number > MOST_ROWS:
            raise BadImport(f"The file holds more than {MOST_ROWS:,} drawings: split it.")
        yield row
    if not number:
        raise BadImport("The file holds no drawings.")


def plain(text: str, most: int) -> str:
    """The first `most` characters, with NUL, which databases refuse, replaced."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:most]


class _Room:
    """Counts the unpacked bytes."""

    def __init__(self) -> None:
        self._left = MOST_UNPACKED

    def take(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise BadImport(
                f"Unpacked, the file has more than {MOST_UNPACKED // 1_000_000} MB: split it."
            )


# JSON lines --------------------------------------------------------------------------------------


def _line_rows(content: bytes) -> Iterator[Row]:
    if content.startswith(_GZIP) and content.count(_MEMBER) > MOST_MEMBERS:
        raise BadImport(f"The file has more than {MOST_MEMBERS:,} gzipped parts: split it.")
    stream = gunzip.opened(content) if content.startswith(_GZIP) else io.BytesIO(content)
    try:
        for number, line in enumerate(_lines(stream), start=1):
            if line is None:
                yield Row(f"line {number}", refusal=_too_long("The line", MOST_IN_ROW))
            elif line.strip():
                if number == 1 and not line.lstrip(_BEFORE_JSON).startswith(b"{"):
                    raise BadImport(NO_IMPORT)
                yield Row(f"line {number}", line)
    except (EOFError, zlib.error) as error:
        raise BadImport("The file is damaged or incomplete.") from error


def _lines(stream: io.BufferedIOBase) -> Iterator[bytes | None]:
    """Yields each line, or None for one that is too long."""
    room = _Room()
    while line := stream.readline(MOST_IN_ROW):
        room.take(max(len(line), LEAST_IN_LINE))
        if len(line) < MOST_IN_ROW or line.endswith(b"\n"):
            yield line
            continue
        while not line.endswith(b"\n") and (line := stream.readline(MOST_IN_ROW)):
            room.take(len(line))
        yield None


def _too_long(what: str, most: int) -> str:
    return f"{what} has more than {most:,} bytes."


# Zips --------------------------------------------------------------------------------------------


def _zip_rows(content: bytes) -> Iterator[Row]:
    if content.count(_ENTRY) > 2 * MOST_ROWS + 100:  # before its directory is read
        raise BadImport(f"The zip holds more than {MOST_ROWS:,} files: split it.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _BROKEN_ZIP as error:
        raise BadImport("The zip is damaged or incomplete.") from error
    with archive:
        yield from _entries(archive)


def _entries(archive: zipfile.ZipFile) -> Iterator[Row]:
    named = [one for one in archive.infolist() if one.filename]  # is_dir fails without a name
    files = [one for one in named if not one.is_dir() and not _is_systems(one)]
    room = _Room()
    table = _only_table(files)
    folder = table.filename.removesuffix(LABELS)
    found = {one.filename: one for one in files if one is not table}
    unnamed = dict.fromkeys(found)
    names = set(found)
    for row in _table(archive, table, room):
        name = folder + row.place
        unnamed.pop(name, None)
        if name not in found:
            twice = f"{LABELS} names it twice." if name in names else "It is not in the zip."
            yield Row(row.place or "a line without a file", refusal=twice)
            continue
        # Each picture once: one that is named again would be unpacked again.
        yield _picture_row(archive, found.pop(name), row, room)
    for name in unnamed:
        yield Row(plain(name, 300), refusal=f"{LABELS} does not name it.")
    for name, count in Counter(one.filename for one in files).items():
        if count > 1:
            refusal = f"The zip contains it {count} times; the last counts."
            yield Row(plain(name, 300), refusal=refusal)


def _is_systems(entry: zipfile.ZipInfo) -> bool:
    """Whether macOS added it, beside each file."""
    name = entry.filename.rpartition("/")[2]
    return entry.filename.startswith("__MACOSX/") or name.startswith("._") or name == ".DS_Store"


def _only_table(files: list[zipfile.ZipInfo]) -> zipfile.ZipInfo:
    tables = [one for one in files if one.filename.rpartition("/")[2] == LABELS]
    if len(tables) != 1:
        have = f"are {len(tables)}" if tables else "is none"
        raise BadImport(f"A zip of pictures needs one {LABELS} beside them; there {have}.")
    return tables[0]


def _table(archive: zipfile.ZipFile, table: zipfile.ZipInfo, room: _Room) -> Iterator[Row]:
    """The rows of labels.csv: the picture's name, and its label. Each row takes time in proportion
    to its own cells; csv.DictReader would go through all columns for each row, and a few bytes of a
    zip may contain millions of columns."""
    try:
        text = _unpacked(archive, table, room, most=MOST_IN_TABLE, what="It").decode("utf-8-sig")
        if text.count(",") > MOST_CELLS:
            raise BadImport(f"{LABELS} has more than {MOST_CELLS:,} cells: split it.")
        lines = filter(None, csv.reader(io.StringIO(text, newline=""), strict=True))
        columns = {name: place for place, name in enumerate(next(lines, []))}
        if not {"file", "label"} <= columns.keys():
            raise BadImport(f"{LABELS} needs the columns “file” and “label”.")
        for line in islice(lines, MOST_ROWS + 1):
            name, label = (_cell(line, columns[column]) for column in ("file", "label"))
            yield Row(plain(name, 300), label=plain(label, 40))
    except _BadEntry as error:
        raise BadImport(f"{LABELS} cannot be read. {error}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadImport(f"{LABELS} cannot be read: it is a table in UTF-8 (CSV).") from error


def _cell(line: list[str], place: int) -> str:
    return line[place] if place < len(line) else ""


def _picture_row(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, row: Row, room: _Room) -> Row:
    try:
        picture = _unpacked(archive, entry, room, most=MOST_IN_ROW, what="The picture")
    except _BadEntry as error:
        return Row(row.place, refusal=str(error))
    return Row(row.place, picture, is_picture=True, label=row.label)


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: _Room, *, most: int, what: str
) -> bytes:
    """The unpacked entry. `what` names it in messages. Raises _BadEntry, and BadImport if the file
    unpacks to too much in all."""
    if entry.flag_bits & 1:
        raise _BadEntry("It is encrypted: make the zip without a password.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _BadEntry("It is compressed in a way that is not read here: use a plain zip.")
    try:
        with archive.open(entry) as stream:
            content = stream.read(most + 1)
    except _BROKEN_ZIP as error:
        room.take(most)  # that may have been unpacked before
        raise _BadEntry("It is damaged in the zip.") from error
    room.take(len(content))
    if len(content) > most:
        raise _BadEntry(_too_long(what, most))
    return content
