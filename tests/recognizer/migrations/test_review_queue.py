"""What was there before the review queue is in it."""

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

BEFORE, AFTER = [("recognizer", "0002_refresh")], [("recognizer", "0003_review_queue")]


def migrate(to: list[tuple[str, str]]):
    executor = MigrationExecutor(connection)
    executor.migrate(to)
    return MigrationExecutor(connection).loader.project_state(to).apps


@pytest.mark.slow
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_answers_and_labels_of_old_are_repeated():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        migrate(BEFORE)
        numbers = _fill(MigrationExecutor(connection).loader.project_state(BEFORE).apps)
        found = migrate(AFTER).get_model("recognizer", "Drawing").objects
        sure, disputed, waiting = (found.get(pk=number) for number in numbers)
        assert (sure.margin, sure.is_digit, sure.doubt) == (pytest.approx(0.8), 0.9, 5)
        assert (disputed.owner_label.digit, disputed.disputed, disputed.doubt) == (9, True, 2)
        assert (waiting.margin, waiting.doubt) == (None, None)
    finally:
        MigrationExecutor(connection).migrate(leaves)


def _fill(apps) -> list[int]:
    names = ("User", "Artifact", "ModelVersion", "Drawing", "Prediction", "Label")
    User, Artifact, Version, Drawing, Prediction, Label = (
        apps.get_model("recognizer", name) for name in names
    )
    owner, other = (User.objects.create(username=name) for name in ("olga", "otto"))
    file = Artifact.objects.create(sha256="0", content=b"")
    version = Version.objects.create(
        origin="shipped", architecture="none", ink_version=1, onnx=file, weights=file
    )
    drawings = [
        Drawing.objects.create(owner=owner, strokes=[], width=1, height=1) for _ in range(3)
    ]
    for drawing in drawings[:2]:
        drawing.answer = Prediction.objects.create(
            drawing=drawing,
            model_version=version,
            digit=7,
            confidence=0.9,
            probabilities=[0.1, 0, 0, 0, 0, 0, 0, 0.9, 0, 0],
            is_digit=0.9,
            ink_version=1,
            milliseconds=1,
        )
        drawing.digit = 7
        drawing.save()
    for author, role, digit in ((owner, "owner", 9), (other, "reviewer", 4)):
        said = Label.objects.create(drawing=drawings[1], author=author, role=role, digit=digit)
        drawings[1].label, drawings[1].truth = said, digit
    drawings[1].truth_given = drawings[1].reviewed = True
    drawings[1].save()
    return [drawing.pk for drawing in drawings]
