"""Demonstration data: people with drawings and labels over a month, made from MNIST.

The data is always the same, so that the runs recorded on it (recording.py) fit it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from recognizer.ink import strokes
from recognizer.ink.rasterize import NoInk
from recognizer.models import Drawing, Label, User
from recognizer.pictures import thumbnails
from recognizer.services import labelling, saving
from training.ml.arrays import Images, Integers
from training.ml.synthesis.skeleton import strokes_of

NAMES = ["ada", "carl", "emmy", "leonhard", "sofia"]
# These two turn the sheet as they write, by so many degrees: they are misread more often.
TURNED, TURN = ("emmy", "sofia"), -35.0
CANVAS = 280
# Shares: of drawings that are turned; of the others that are uploaded; of labels that are wrong.
TURNED_SHARE, UPLOADED, MISTAKEN = 0.5, 0.15, 0.02
DAYS = 30
SEED = 1


@dataclass(frozen=True)
class LabelledDigits:
    """Images uint8 [N, 28, 28] and labels uint8 [N]."""

    images: Images
    labels: Integers


@dataclass(frozen=True)
class Chapter:
    """Drawings that are between `until` and `since` days old: `count` of them, of which the share
    `labelled` is labelled."""

    since: float
    until: float
    count: int
    labelled: float


# Before the first run, between both, and since.
CHAPTERS = (
    Chapter(since=DAYS, until=10, count=240, labelled=0.65),
    Chapter(since=10, until=2, count=80, labelled=0.45),
    Chapter(since=2, until=0, count=40, labelled=0.1),
)


def people(password: str) -> list[User]:
    """The demonstration's people, created with this password where they do not exist."""
    there = set(User.objects.filter(username__in=NAMES).values_list("username", flat=True))
    for name in NAMES:
        if name not in there:
            User.objects.create_user(name, password=password)
    return list(User.objects.filter(username__in=NAMES).order_by("username"))


def fill(digits: LabelledDigits, *, owners: Sequence[User], chapter: Chapter) -> Iterator[Drawing]:
    """Save the chapter's drawings, oldest first, and label some of them. Yields each; workers
    recognise them."""
    random = np.random.default_rng([SEED, CHAPTERS.index(chapter)])
    count = chapter.count
    chosen = random.choice(len(digits.labels), count, replace=count > len(digits.labels))
    ages = np.sort(random.uniform(chapter.until, chapter.since, count))[::-1]
    now = timezone.now()
    for index, age in zip(chosen, ages, strict=True):
        drawing = _keep(digits.images[index], owner=_one_of(owners, random), random=random)
        if drawing is None:
            continue
        made = now - dt.timedelta(days=float(age))
        Drawing.objects.filter(pk=drawing.pk).update(created_at=made)
        if random.random() < chapter.labelled:
            _label(drawing, int(digits.labels[index]), random, at=made)
        yield drawing


def _one_of(owners: Sequence[User], random: np.random.Generator) -> User:
    """`owners` are the demonstration's people."""
    turns = random.random() < TURNED_SHARE
    chosen = [one for one in owners if (one.username in TURNED) == turns]
    return chosen[random.integers(len(chosen))]


def _keep(image: Images, *, owner: User, random: np.random.Generator) -> Drawing | None:
    """Save an image, uint8 [28, 28], as an upload or as strokes; None where it is too faint to
    trace."""
    turns = owner.username in TURNED
    try:
        if not turns and random.random() < UPLOADED:
            big = np.kron(255 - image, np.ones((8, 8), np.uint8))
            return saving.keep_image(owner=owner, content=thumbnails.png(big))[0]
        angle = random.normal(TURN, 5) if turns else 0.0
        drawn = [_turned(line, angle) for line in strokes_of(image)]
        ink = strokes.parse(drawn, width=CANVAS, height=CANVAS)
        return saving.keep_strokes(owner=owner, strokes=ink)[0]
    except (strokes.BadStrokes, NoInk):
        return None


def _turned(line: list[list[float]], degrees: float) -> list[list[float]]:
    """A stroke's points (x, y, ...), turned around the middle of the canvas."""
    angle, middle = math.radians(degrees), CANVAS / 2
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    points = np.array(line, float)
    points[:, :2] = np.clip((points[:, :2] - middle) @ turn.T + middle, 0, CANVAS)
    turned: list[list[float]] = points.round(1).tolist()
    return turned


def _label(drawing: Drawing, digit: int, random: np.random.Generator, *, at: dt.datetime) -> None:
    """Mostly rightly, and as if at that time."""
    label = int(random.integers(10)) if random.random() < MISTAKEN else digit
    added = labelling.label(drawing=drawing, author=drawing.owner, digit=label)
    Label.objects.filter(pk=added.pk).update(created_at=at)
