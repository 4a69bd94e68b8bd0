"""Makes files of labelled drawings, and carries imports through."""

import io
import json
import zipfile
from typing import Any

from recognizer.imports import work
from recognizer.models import Import, User
from tests.recognizer.images import encoded, seven


def stroke(number: int) -> list:
    """A drawing that no other number gives."""
    return [[[10, 10 + number / 100], [60, 12], [40, 90]]]


def line(number: int = 0, label: Any = 7, **other: Any) -> str:
    fields = {"strokes": stroke(number), "width": 100, "height": 100, "label": label}
    return json.dumps(fields | other)


def jsonl(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def picture(number: int = 0, kind: str = "PNG") -> bytes:
    """A seven; one of another size for each number."""
    return encoded(seven(80 + number), kind)


def zipped(files: dict[str, bytes], table: str | None, **how: Any) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", **how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        if table is not None:
            archive.writestr("labels.csv", table)
    return content.getvalue()


def carry_on(one: Import) -> Import:
    """Works until nothing is left to do, as workers would."""
    one.refresh_from_db()
    while one.is_working:
        work.go_on(one.pk, one.position)
        one.refresh_from_db()
    return one


def checked(owner: User, content: bytes) -> Import:
    return carry_on(work.receive(owner, "a.jsonl", content))


def imported(owner: User, content: bytes) -> Import:
    one = checked(owner, content)
    work.start(one)
    return carry_on(one)
