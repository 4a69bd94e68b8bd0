"""A site that has grown: made inside PostgreSQL, by a few statements."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools.drawings import CANVAS, drawings

# Distinct inks, images and embeddings: the rows repeat them.
INKS, IMAGES, SHAPES = 300, 50, 100
ROWS = Path(__file__).with_name("rows.sql")


class NotEmpty(Exception):
    """There are drawings in the database, or it is not PostgreSQL."""


def make(*, drawings: int, people: int) -> None:
    """Fill the empty database with so many drawings of so many people. Raises NotEmpty.

    A person `person-1` has more than the others, by a square root: of a million drawings of ten
    thousand people ten thousand. `reviewer` and `admin` have the roles that their names say.
    Drawings are spread over a year, in which three versions answered one after the other. Of those
    that are not deleted 5 % are labelled by their owners and 1 % by the reviewer.
    """
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    _check_that_it_is_empty()
    _staff()
    versions = _versions()
    started = time.monotonic()
    with connection.cursor() as cursor:
        _stock(cursor)
        for statement in _statements():
            begun = time.monotonic()
            cursor.execute(statement, {"drawings": drawings, "people": people, **versions})
            title = statement.strip().splitlines()[0]
            print(f"{time.monotonic() - begun:6.1f} s {title}", flush=True)
        _settle()
        _sequences(cursor)
        cursor.execute("VACUUM ANALYZE")
    print(f"{time.monotonic() - started:6.1f} s in all")


def _check_that_it_is_empty() -> None:
    from django.db import connection

    from recognizer.models import Drawing

    if connection.vendor != "postgresql":
        raise NotEmpty("DATABASE_URL must name a PostgreSQL database.")
    if Drawing.all_objects.exists():
        raise NotEmpty("There are drawings in this database: give it an empty one.")


def _staff() -> None:
    from django.contrib.auth.models import Group

    from recognizer.models import User

    for name, group in (("reviewer", "Reviewers"), ("other-reviewer", "Reviewers")):
        User.objects.create_user(name).groups.add(Group.objects.get(name=group))
    User.objects.create_superuser("admin")


def _versions() -> dict[str, Any]:
    """Three versions, which answer alike: the shipped one, and two that were trained on it."""
    import onnx

    from recognizer import registry
    from recognizer.models import ModelVersion

    shipped = registry.read_shipped()
    first = registry.register_shipped()
    made = [first]
    for number in (2, 3):
        network = onnx.load_model_from_string(shipped.onnx)
        network.doc_string = f"version {number}"
        version = registry.register(
            onnx=network.SerializeToString(),
            safetensors=shipped.safetensors,
            manifest=shipped.manifest,
            origin=ModelVersion.Origin.TRAINED,
            parent=made[-1],
        )
        registry.promote(version)
        made.append(version)
    return {f"version{place}": version.pk for place, version in enumerate(made, start=1)}


def _stock(cursor: Any) -> None:
    """The inks, images and embeddings that rows.sql takes."""
    from recognizer.answers import serving
    from recognizer.pictures import thumbnails

    rng = np.random.default_rng(1)
    size = serving.model_cache.champion().classifier.embed(np.zeros((1, 28, 28), np.uint8)).shape[1]
    shapes = rng.normal(size=(SHAPES, size))
    shapes /= np.linalg.norm(shapes, axis=1, keepdims=True)
    inks = [json.dumps(drawing["strokes"]) for drawing in drawings(INKS)]
    images = [thumbnails.png(rng.integers(0, 255, (60, 60), np.uint8)) for _ in range(IMAGES)]
    for name, kind, rows in (
        ("ink", "jsonb", inks),
        ("image", "bytea", images),
        ("shape", "bytea", [row.astype(np.float16).tobytes() for row in shapes]),
    ):
        cursor.execute(f"CREATE TEMP TABLE {name} (number int PRIMARY KEY, content {kind})")
        cursor.executemany(
            f"INSERT INTO {name} VALUES (%s, %s)",
            list(enumerate(rows)),
        )
    cursor.execute("CREATE TEMP TABLE stock AS SELECT %s canvas", [float(CANVAS)])


def _statements() -> Iterator[str]:
    """Those of rows.sql, each with its comment."""
    for statement in ROWS.read_text().split(";\n"):
        if statement.strip():
            yield statement


def _settle() -> None:
    """Outcome and doubt as the site writes them, where rows.sql does not know them."""
    from django.db.models import Q

    from recognizer.inference.verdicts import Verdict
    from recognizer.models import Drawing
    from recognizer.models.drawings import DOUBT, OUTCOME, SMALL_MARGIN, SURELY_A_DIGIT

    doubted = (
        ~Q(verdict=Verdict.DIGIT) | Q(margin__lt=SMALL_MARGIN) | Q(is_digit__lt=SURELY_A_DIGIT)
    )
    settled = Drawing.all_objects.filter(doubted | Q(truth_given=True) | Q(answer=None))
    settled.update(outcome=OUTCOME, doubt=DOUBT)


def _sequences(cursor: Any) -> None:
    from django.apps import apps
    from django.core.management.color import no_style
    from django.db import connection

    for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
        cursor.execute(statement)
