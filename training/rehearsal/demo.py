"""Demonstration data: people with drawings and labels, made from MNIST."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.utils import timezone

from recognizer import services
from recognizer.ink import strokes, thumbnails
from recognizer.ink.rasterize import NoInk
from recognizer.models import Drawing, Label, User
from training.ml.arrays import Images, Integers
from training.ml.synthesis.skeleton import strokes_of

NAMES = ["ada", "carl", "emmy", "leonhard", "sofia"]
CANVAS = 280
# Shares: of drawings that are uploaded, of those that are labelled, of labels that are wrong.
UPLOADED, LABELLED, MISTAKEN = 0.15, 0.6, 0.02
DAYS = 30


@dataclass(frozen=True)
class LabelledDigits:
    """Images uint8 [N, 28, 28] and labels uint8 [N]."""

    images: Images
    labels: Integers


def people(password: str) -> list[User]:
    """The demonstration's people, created with this password where they do not exist."""
    there = set(User.objects.filter(username__in=NAMES).values_list("username", flat=True))
    for name in NAMES:
        if name not in there:
            User.objects.create_user(name, password=password)
    return list(User.objects.filter(username__in=NAMES))


def fill(digits: LabelledDigits, *, owners: list[User], count: int, seed: int) -> Iterator[Drawing]:
    """Save `count` drawings over the last DAYS days, oldest first, and label some of them. Yields
    each; workers recognise them."""
    random = np.random.default_rng(seed)
    chosen = random.choice(len(digits.labels), count, replace=count > len(digits.labels))
    now = timezone.now()
    ages = np.sort(random.uniform(0, DAYS, count))[::-1]
    for index, age in zip(chosen, ages, strict=True):
        owner = owners[random.integers(len(owners))]
        drawing = _keep(digits.images[index], owner=owner, random=random)
        if drawing is not None:
            made = now - dt.timedelta(days=float(age))
            Drawing.objects.filter(pk=drawing.pk).update(created_at=made)
            _label(drawing, int(digits.labels[index]), random, at=made)
            yield drawing


def _keep(image: Images, *, owner: User, random: np.random.Generator) -> Drawing | None:
    """Save an image, uint8 [28, 28], as an upload or as strokes; None where it is too faint to
    trace."""
    if random.random() < UPLOADED:
        big = np.kron(255 - image, np.ones((8, 8), np.uint8))
        return services.keep_image(owner=owner, content=thumbnails.png(big))[0]
    try:
        ink = strokes.parse(strokes_of(image), width=CANVAS, height=CANVAS)
        return services.keep_strokes(owner=owner, strokes=ink)[0]
    except (strokes.BadStrokes, NoInk):
        return None


def _label(drawing: Drawing, digit: int, random: np.random.Generator, *, at: dt.datetime) -> None:
    """Mostly rightly, and as if at that time."""
    if random.random() >= LABELLED:
        return
    label = int(random.integers(10)) if random.random() < MISTAKEN else digit
    added = services.label(drawing=drawing, author=drawing.owner, digit=label)
    Label.objects.filter(pk=added.pk).update(created_at=at)
