"""How the tests of personal reading draw, label and read.

The champion of these tests says 7 of everything, and sees every drawing alike.
"""

from functools import partial

from django.test import TestCase

from recognizer.answers import answering, personal
from recognizer.ink import strokes
from recognizer.models import Drawing, ModelVersion, User
from recognizer.services import labelling
from tests.people import SEVEN

INK = strokes.parse(SEVEN, width=280, height=280)


def read(person: User) -> int | None:
    return answering.read_strokes(INK, person=person.pk).shown.digit


committed = partial(TestCase.captureOnCommitCallbacks, execute=True)


def says(drawing: Drawing, digit: int | None, *, author: User | None = None) -> None:
    with committed():
        labelling.label(drawing=drawing, author=author or drawing.owner, digit=digit)


def another_process() -> personal.KnownPeople:
    """What another process knows of people, which no label in this one tells."""
    return personal.KnownPeople()


def known(process: personal.KnownPeople, person: User) -> list[int]:
    found = process.get(person.pk, ModelVersion.objects.champion().pk)
    return [] if found is None else found.exemplars.labels.tolist()
