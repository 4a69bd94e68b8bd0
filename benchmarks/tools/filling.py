"""Bulk data for the history benchmark: one person's very many drawings, inserted by SQL."""

import datetime as dt
import json
from typing import Any

from tqdm import tqdm

AT_ONCE = 20_000
# All drawings are spread evenly over these days, however many there are.
NEWEST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
SPAN = dt.timedelta(days=350)
DEEP = NEWEST - SPAN * 0.6
OLD_DAY = (NEWEST - SPAN * 0.7).date()
# The oldest drawings are the only RARE ones of each kind: unsure, a misread 3, an unlabelled 3.
RARE = 5
STROKES = json.dumps([[[40, 40], [160, 45], [110, 120], [90, 220]]])
PROBABILITIES = json.dumps([0.1] * 10)
WAITING = -1
AnswerAndLabel = tuple[int | None, int | None]  # the answer, or WAITING, and the label


def answer_and_label(number: int, total: int) -> AnswerAndLabel:
    """The answer and the label of a drawing; number 0 is the newest.

    A tenth waits for its answer. Of the others three in four are labelled, correctly, and so are
    all threes.
    """
    left = total - 1 - number
    if left < 3 * RARE:
        return [(None, None), (3, 8), (3, None)][left // RARE]
    if number % 10 == 0:
        return WAITING, None
    digit = number % 10
    return digit, digit if digit == 3 or number % 4 else None


def fill(total: int) -> Any:
    """Create a user with `total` drawings, and return the user."""
    from django.db import transaction  # here and below: Django is not yet set up at import

    from recognizer import registry
    from recognizer.models import ModelVersion, User

    user = User.objects.create_user(f"user-{total}")
    if ModelVersion.objects.champion() is None:
        registry.register_shipped()
    version = ModelVersion.objects.champion()
    assert version is not None
    first = _free_id()
    for start in tqdm(
        range(0, total, AT_ONCE), desc=f"{total:,} drawings", disable=total < AT_ONCE
    ):
        numbers = range(start, min(start + AT_ONCE, total))
        with transaction.atomic():
            _insert(numbers, total=total, first=first, owner=user.pk, version=version.pk)
    return user


def _free_id() -> int:
    from django.db.models import Max

    from recognizer.models import Drawing

    return (Drawing.objects.aggregate(last=Max("pk"))["last"] or 0) + 1


def _insert(numbers: range, *, total: int, first: int, owner: int, version: int) -> None:
    """Insert drawings with their predictions and labels, which have the drawing's id."""
    from recognizer.models import Drawing, Label, Prediction

    drawings, predictions, labels = [], [], []
    for number in numbers:
        pk, made = first + number, NEWEST - SPAN * (number / total)
        answer, truth = answer_and_label(number, total)
        if answer != WAITING:
            predictions.append(_prediction(pk, made, answer, version))
        if truth is not None:
            labels.append(_label(pk, made, truth, owner))
        drawings.append(_drawing(pk, made, answer, truth, owner))
    for model, rows in ((Drawing, drawings), (Prediction, predictions), (Label, labels)):
        _write(model, rows)


def _drawing(
    pk: int, made: dt.datetime, answer: int | None, truth: int | None, owner: int
) -> dict[str, Any]:
    return {
        "id": pk,
        "owner_id": owner,
        "created_at": made,
        "uploaded": False,
        "strokes": STROKES,
        "width": 280.0,
        "height": 280.0,
        "answer_id": None if answer == WAITING else pk,
        "digit": None if answer == WAITING else answer,
        "label_id": None if truth is None else pk,
        "truth": truth,
        "truth_given": truth is not None,
        "reviewed": False,
        "disputed": False,
    }


def _prediction(pk: int, made: dt.datetime, digit: int | None, version: int) -> dict[str, Any]:
    return {
        "id": pk,
        "drawing_id": pk,
        "model_version_id": version,
        "created_at": made,
        "digit": digit,
        "parts": "[]",
        "confidence": 0.9,
        "probabilities": PROBABILITIES,
        "is_digit": 0.9,
        "ink_version": 1,
        "milliseconds": 1.0,
    }


def _label(pk: int, made: dt.datetime, digit: int, owner: int) -> dict[str, Any]:
    return {
        "id": pk,
        "drawing_id": pk,
        "author_id": owner,
        "role": "owner",
        "digit": digit,
        "withdrawn": False,
        "imported": False,
        "created_at": made,
    }


def _write(model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert by SQL, many times faster than by the ORM."""
    from django.db import connection

    if not rows:
        return
    names = list(rows[0])
    columns, places = ", ".join(names), ", ".join(["%s"] * len(names))
    sql = f"INSERT INTO {model._meta.db_table} ({columns}) VALUES ({places})"
    adapt = connection.ops.adapt_datetimefield_value
    for row in rows:
        row["created_at"] = adapt(row["created_at"])
    with connection.cursor() as cursor:
        cursor.executemany(sql, [tuple(row.values()) for row in rows])
