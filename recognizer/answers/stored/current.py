"""Records which answer and which label of a drawing count.

Every write is one conditional UPDATE, so that concurrent writers do no harm.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import OuterRef, Q, Subquery
from django.db.models.sql import UpdateQuery

from recognizer.models import Drawing, Label, Prediction
from recognizer.models.drawings import DOUBT, OUTCOME

# This SQL runs on PostgreSQL and SQLite. Django's bulk_update writes a CASE over all rows for each
# column, which took 60 ms of Python per batch. The CAST is needed because a column of only NULLs
# has no type.
RECORD = """
    UPDATE recognizer_drawing
    SET answer_id = new.column2, digit = CAST(new.column3 AS smallint),
        margin = new.column4, is_digit = new.column5, verdict = new.column6
    FROM (VALUES {rows}) AS new
    WHERE id = new.column1 AND deleted_at IS NULL AND {condition}
"""
IS_CHAMPION = "EXISTS (SELECT 1 FROM recognizer_modelversion WHERE id = %s AND alias = 'champion')"


def record_answers(predictions: Sequence[Prediction]) -> bool:
    """Makes the champion's predictions, one per drawing, the drawings' answers; another version's
    only where there is no answer yet. Returns whether they are the champion's.

    So a worker that has not noticed a promotion overwrites nothing, and after a rollback the older
    prediction is the answer again.
    """
    [version] = {prediction.model_version_id for prediction in predictions}
    are_champions = _record(predictions, IS_CHAMPION, version) > 0
    if not are_champions:
        _record(predictions, "answer_id IS NULL")
    update_outcomes([prediction.drawing_id for prediction in predictions])
    return are_champions


def _record(predictions: Sequence[Prediction], condition: str, *more: int) -> int:
    """Updates the drawings for which the condition holds. Returns how many."""
    rows = [(p.drawing_id, p.pk, p.digit, p.margin, p.is_digit, p.verdict) for p in predictions]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        sql = RECORD.format(rows=places, condition=condition)
        cursor.execute(sql, [*chain.from_iterable(rows), *more])
        return cursor.rowcount


def record_label(drawing: Drawing, label: Label) -> None:
    """Makes this label the current one: the newest counts, and a reviewer's before an owner's."""
    mine, by_reviewer = Drawing.objects.filter(pk=drawing.pk), label.by_reviewer
    older = Q(label=None) | Q(label_id__lt=label.pk)
    counts = (older | Q(reviewed=False)) if by_reviewer else (older & Q(reviewed=False))
    mine.filter(counts).update(
        label=label, truth=label.digit, truth_given=True, reviewed=by_reviewer
    )
    if not by_reviewer:
        earlier = Q(owner_label=None) | Q(owner_label_id__lt=label.pk)
        mine.filter(earlier).update(owner_label=label)
    mine.update(disputed=_is_disputed(drawing))
    update_outcomes([drawing.pk])


def record_first_labels(labels: Sequence[Label]) -> None:
    """Makes their owners' first labels, one per drawing, the current ones."""
    said = Label.objects.filter(drawing=OuterRef("pk"))
    mine = Drawing.objects.filter(pk__in=[label.drawing_id for label in labels], label=None)
    mine.update(
        label=Subquery(said.values("pk")[:1]),
        owner_label=Subquery(said.values("pk")[:1]),
        truth=Subquery(said.values("digit")[:1]),
        truth_given=True,
    )


def record_withdrawal(drawing: Drawing, withdrawal: Label) -> None:
    """Makes the owner's earlier labels no longer count. A reviewer's label stays."""
    mine = Drawing.objects.filter(pk=drawing.pk)
    mine.filter(reviewed=False, label_id__lt=withdrawal.pk).update(
        label=None, truth=None, truth_given=False
    )
    mine.filter(owner_label_id__lt=withdrawal.pk).update(owner_label=None)
    mine.update(disputed=_is_disputed(drawing))
    update_outcomes([drawing.pk])


def update_outcomes(ids: Collection[int]) -> None:
    """Updates the outcome and doubt of these drawings from their other columns."""
    if not ids:
        return
    update, values = _outcome_update(connection.vendor)
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{update} WHERE id IN ({places})", (*values, *ids))


@cache
def _outcome_update(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The UPDATE of all drawings, and its parameters. Cached: compiling it takes 2 ms, running it
    0.1."""
    query = UpdateQuery(Drawing)
    query.add_update_values({"outcome": OUTCOME, "doubt": DOUBT})
    update, values = query.get_compiler(connection=connection).as_sql()
    return update, tuple(values)


def _is_disputed(drawing: Drawing) -> bool:
    """Whether people disagree and no two of them agree. For each person the newest label counts."""
    labels = drawing.labels.order_by("pk").values_list("author_id", "role", "digit", "withdrawn")
    newest = {(author, role): (digit, withdrawn) for author, role, digit, withdrawn in labels}
    given = [digit for digit, withdrawn in newest.values() if not withdrawn]
    return len(given) > 1 and max(Counter(given).values()) == 1
