"""Labelled strokes of several writers from a file, and who of them plays which part. Pure."""

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognizer.ink import strokes
from recognizer.ink.strokes import BadStrokes, Strokes

HOSTILE = "hostile"


class BadDrawings(ValueError):
    """The file, or what was asked of it, does not do. The message is a sentence for a person."""


@dataclass(frozen=True)
class Labelled:
    """A drawing, and what it truly is."""

    strokes: Strokes
    digit: int


@dataclass(frozen=True)
class Word:
    """What one person says of one drawing: rightly or not."""

    drawing: Labelled
    said: int


@dataclass(frozen=True)
class Cast:
    """Who draws and says what, by name; and the drawings of those who take no part."""

    words: dict[str, list[Word]]
    others: list[Labelled]

    @property
    def labels(self) -> int:
        """How many labels those give who take part; the hostile user takes none."""
        return sum(len(mine) for name, mine in self.words.items() if name != HOSTILE)


@dataclass(frozen=True)
class Plan:
    """How a rehearsal is cast. `share` of the writers take part; each draws an equal share of
    `labels`; a share `wrong` of all labels is wrong; one more person mislabels `hostile`."""

    labels: int = 500
    seed: int = 1
    share: float = 2 / 3
    wrong: float = 0.0
    hostile: int = 0


def read(file: Path, *, chosen: str = "all") -> dict[str, list[Labelled]]:
    """Each writer's drawings. `chosen` is all, odd or even: by the number a writer's name ends in.

    Raises BadDrawings, with the line that is wrong.
    """
    found: dict[str, list[Labelled]] = {}
    for number, line in lines(file):
        writer, drawing = _drawing(line, where=f"{file.name}, line {number}")
        found.setdefault(writer, []).append(drawing)
    kept = {writer: mine for writer, mine in found.items() if is_chosen(writer, chosen)}
    if not kept:
        raise BadDrawings(f"{file.name} holds no drawings of such writers.")
    return kept


def lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not empty, with their numbers from 1, unzipped where the file ends in .gz.
    Raises BadDrawings."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as content:
            yield from (pair for pair in enumerate(content, start=1) if pair[1].strip())
    except (OSError, EOFError, zlib.error) as error:
        raise BadDrawings(f"{file.name} cannot be read: {error}") from error


def _drawing(line: bytes, *, where: str) -> tuple[str, Labelled]:
    try:
        row: Any = json.loads(line)
        parsed = strokes.parse(row["strokes"], width=row["width"], height=row["height"])
        writer, label = str(row["writer"]), row["label"]
    except (ValueError, TypeError, KeyError, BadStrokes) as error:
        raise BadDrawings(
            f"{where}: a line is JSON with strokes, width, height, label and writer ({error})."
        ) from error
    if type(label) is not int or not 0 <= label <= 9:
        raise BadDrawings(f"{where}: the label must be a digit, 0 to 9.")
    return writer, Labelled(parsed, label)


def is_chosen(writer: str, chosen: str) -> bool:
    """Whether the number that a writer's name ends in is odd or even, as `chosen` says; or all.

    Raises BadDrawings for a name without a number.
    """
    if chosen == "all":
        return True
    digits = writer[len(writer.rstrip("0123456789")) :]
    if not digits:
        raise BadDrawings(f"The writer {writer!r} has no number: odd and even mean nothing.")
    return int(digits) % 2 == (chosen == "odd")


def cast(writers: dict[str, list[Labelled]], plan: Plan) -> Cast:
    """Deals the parts, by the plan's seed. Raises BadDrawings where the file holds too little."""
    dice = random.Random(plan.seed)
    names = sorted(writers)
    count = round(plan.share * len(names))
    if not 0 < count < len(names):
        raise BadDrawings(f"Of {len(names)} writers {count} would take part: some must, not all.")
    playing = sorted(dice.sample(names, count))
    drawn = _drawn(writers, playing, plan, dice)
    words = _words(drawn, plan, dice)
    if plan.hostile:
        words[HOSTILE] = _hostile(writers, playing, drawn, plan, dice)
    others = [one for name in names if name not in playing for one in writers[name]]
    return Cast(words, others)


def _drawn(
    writers: dict[str, list[Labelled]], playing: Sequence[str], plan: Plan, dice: random.Random
) -> dict[str, list[Labelled]]:
    """Each player's share of the labels: equal but for one."""
    found = {}
    for place, name in enumerate(playing):
        share = plan.labels // len(playing) + (place < plan.labels % len(playing))
        if share > len(writers[name]):
            raise BadDrawings(f"{name} has {len(writers[name])} drawings; {share} are asked for.")
        found[name] = dice.sample(writers[name], share)
    return found


def _words(
    drawn: dict[str, list[Labelled]], plan: Plan, dice: random.Random
) -> dict[str, list[Word]]:
    places = [(name, place) for name, mine in drawn.items() for place in range(len(mine))]
    wrong = set(dice.sample(places, round(plan.wrong * len(places))))
    return {
        name: [
            Word(one, _other(one.digit, dice) if (name, place) in wrong else one.digit)
            for place, one in enumerate(mine)
        ]
        for name, mine in drawn.items()
    }


def _hostile(
    writers: dict[str, list[Labelled]],
    playing: Sequence[str],
    drawn: dict[str, list[Labelled]],
    plan: Plan,
    dice: random.Random,
) -> list[Word]:
    """Drawings like the players', none of them theirs, each called something else."""
    taken = {id(one) for mine in drawn.values() for one in mine}
    left = [one for name in playing for one in writers[name] if id(one) not in taken]
    if len(left) < plan.hostile:
        raise BadDrawings(f"{len(left)} drawings are left for a hostile user, who wants more.")
    return [Word(one, _other(one.digit, dice)) for one in dice.sample(left, plan.hostile)]


def _other(digit: int, dice: random.Random) -> int:
    return dice.choice([other for other in range(10) if other != digit])
