"""Answers of old get their verdicts, and drawings the outcomes and doubts that follow."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recognizer.models import Drawing
from recognizer.models.drawings import DOUBT, OUTCOME
from tests.recognizer.migrations.test_review_queue import migrate

BEFORE, AFTER = [("recognizer", "0014_first_exemplars")], [("recognizer", "0016_first_verdicts")]
PARTS = [{"digit": 4}, {"digit": 2}]
# What was read, what it is ("" where nobody said), and the verdict, outcome and doubt of it.
KINDS = [
    ({"digit": 7, "is_digit": 0.9}, 7, ("digit", "right", 5)),
    ({"digit": 7, "is_digit": 0.7}, 9, ("digit", "wrong", 1)),
    ({"digit": None, "is_digit": 0.9}, None, ("unsure", "wrong", 1)),
    ({"digit": None, "is_digit": 0.9}, "", ("unsure", "unlabelled", 3)),
    ({"digit": None, "is_digit": 0.2}, None, ("not a digit", "right", 4)),
    ({"digit": None, "is_digit": 0.2, "number": "42", "parts": PARTS}, "",
     ("number", "unlabelled", 5)),
    ({"digit": None, "is_digit": 0.2, "number": "42", "parts": PARTS}, None,
     ("number", "right", 5)),
    ({"digit": None, "is_digit": 0.2, "parts": PARTS}, "", ("several", "unlabelled", 3)),
    ({"digit": None, "is_digit": 0.2, "parts": PARTS}, None, ("several", "wrong", 1)),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_old_answers_get_their_verdicts_and_what_follows():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        numbers = _fill(migrate(BEFORE))
        with _no_table_made_anew():
            old = migrate(AFTER).get_model("recognizer", "Drawing")
        found = [old._base_manager.get(pk=number) for number in numbers]
        expected = [kind for _, _, kind in KINDS] + [(None, "waiting", None)]
        assert [(one.verdict, one.outcome, one.doubt) for one in found] == expected
        assert {one.answer.verdict == one.verdict for one in found[:-1]} == {True}
        # Written in the way of today, nothing changes.
        MigrationExecutor(connection).migrate(leaves)
        Drawing.objects.update(outcome=OUTCOME, doubt=DOUBT)
        again = [Drawing.objects.get(pk=number) for number in numbers]
        assert [(one.verdict, one.outcome, one.doubt) for one in again] == expected
    finally:
        MigrationExecutor(connection).migrate(leaves)


class _no_table_made_anew:
    """That no table is written as a whole: while that lasts nobody can save."""

    def __enter__(self) -> None:
        self.before = self._number()

    def __exit__(self, *trouble: object) -> None:
        assert self._number() == self.before

    def _number(self) -> object:
        """What changes where a table is made anew."""
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT pg_relation_filenode('recognizer_drawing')")
            else:
                cursor.execute(
                    "SELECT rootpage FROM sqlite_schema WHERE name = 'recognizer_drawing'"
                )
            return cursor.fetchone()


def _fill(apps) -> list[int]:
    User, Artifact, Version, Drawing, Prediction = (
        apps.get_model("recognizer", name)
        for name in ("User", "Artifact", "ModelVersion", "Drawing", "Prediction")
    )
    owner = User.objects.create(username="olga")
    file = Artifact.objects.create(sha256="0", content=b"")
    version = Version.objects.create(
        origin="shipped", architecture="none", ink_version=1, onnx=file, weights=file
    )
    rows = []
    for read, truth, _ in [*KINDS, (None, "", None)]:
        drawing = Drawing.objects.create(owner=owner, strokes=[], width=1, height=1)
        if read:
            drawing.answer = Prediction.objects.create(
                drawing=drawing, model_version=version, confidence=0.9, probabilities=[0.1] * 10,
                ink_version=1, milliseconds=1, **read,
            )  # fmt: skip
            drawing.digit, drawing.is_digit, drawing.margin = read["digit"], read["is_digit"], 0.9
        if truth != "":
            drawing.truth, drawing.truth_given = truth, True
        drawing.save()
        rows.append(drawing.pk)
    return rows
