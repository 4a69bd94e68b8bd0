"""Labelled strokes of several writers from a file, and who of them plays which part. Pure."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.ink.files import BadFile
from training.ml.data.stroke_files import LabelledStrokes

HOSTILE = "hostile"


@dataclass(frozen=True)
class CastLabel:
    """What one person says of one drawing: rightly or not."""

    drawing: LabelledStrokes
    said: int


@dataclass(frozen=True)
class Cast:
    """Who draws and says what, by name; and the drawings of those who take no part."""

    words: dict[str, list[CastLabel]]
    others: list[LabelledStrokes]

    @property
    def labels(self) -> int:
        """How many labels those give who take part; the hostile user takes none."""
        return sum(len(mine) for name, mine in self.words.items() if name != HOSTILE)


@dataclass(frozen=True)
class CastPlan:
    """How a rehearsal is cast. `share` of the writers take part; each draws an equal share of
    `labels`; a share `wrong` of all labels is wrong; one more person mislabels `hostile`."""

    labels: int = 500
    seed: int = 1
    share: float = 2 / 3
    wrong: float = 0.0
    hostile: int = 0


def cast(writers: dict[str, list[LabelledStrokes]], plan: CastPlan) -> Cast:
    """Deals the parts, by the plan's seed. Raises BadFile where the file holds too little."""
    dice = random.Random(plan.seed)
    names = sorted(writers)
    count = round(plan.share * len(names))
    if not 0 < count < len(names):
        raise BadFile(f"Of {len(names)} writers {count} would take part: some must, not all.")
    playing = sorted(dice.sample(names, count))
    drawn = _drawn(writers, playing, plan, dice)
    words = _words(drawn, plan, dice)
    if plan.hostile:
        words[HOSTILE] = _hostile(writers, playing, drawn, plan, dice)
    others = [one for name in names if name not in playing for one in writers[name]]
    return Cast(words, others)


def _drawn(
    writers: dict[str, list[LabelledStrokes]],
    playing: Sequence[str],
    plan: CastPlan,
    dice: random.Random,
) -> dict[str, list[LabelledStrokes]]:
    """Each player's share of the labels: equal but for one."""
    found = {}
    for place, name in enumerate(playing):
        share = plan.labels // len(playing) + (place < plan.labels % len(playing))
        if share > len(writers[name]):
            raise BadFile(f"{name} has {len(writers[name])} drawings; {share} are asked for.")
        found[name] = dice.sample(writers[name], share)
    return found


def _words(
    drawn: dict[str, list[LabelledStrokes]], plan: CastPlan, dice: random.Random
) -> dict[str, list[CastLabel]]:
    places = [(name, place) for name, mine in drawn.items() for place in range(len(mine))]
    wrong = set(dice.sample(places, round(plan.wrong * len(places))))
    return {
        name: [
            CastLabel(one, _other(one.digit, dice) if (name, place) in wrong else one.digit)
            for place, one in enumerate(mine)
        ]
        for name, mine in drawn.items()
    }


def _hostile(
    writers: dict[str, list[LabelledStrokes]],
    playing: Sequence[str],
    drawn: dict[str, list[LabelledStrokes]],
    plan: CastPlan,
    dice: random.Random,
) -> list[CastLabel]:
    """Drawings like the players', none of them theirs, each called something else."""
    taken = {id(one) for mine in drawn.values() for one in mine}
    left = [one for name in playing for one in writers[name] if id(one) not in taken]
    if len(left) < plan.hostile:
        raise BadFile(f"{len(left)} drawings are left for a hostile user, who wants more.")
    return [CastLabel(one, _other(one.digit, dice)) for one in dice.sample(left, plan.hostile)]


def _other(digit: int, dice: random.Random) -> int:
    return dice.choice([other for other in range(10) if other != digit])
