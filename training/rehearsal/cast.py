"""Which writers of a file take part in a rehearsal, and what they label their drawings."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.ink.files import BadFile
from training.ml.data.stroke_files import LabelledStrokes

HOSTILE = "hostile"


@dataclass(frozen=True)
class CastLabel:
    """A drawing, and the digit that its person labels it as, correctly or not."""

    drawing: LabelledStrokes
    digit: int


@dataclass(frozen=True)
class Cast:
    """What each participant draws and labels, by name; and the drawings of all other writers."""

    labels_of: dict[str, list[CastLabel]]
    others: list[LabelledStrokes]

    @property
    def labels(self) -> int:
        """How many labels the participants give, without the hostile user's."""
        return sum(len(mine) for name, mine in self.labels_of.items() if name != HOSTILE)


@dataclass(frozen=True)
class CastPlan:
    """How a rehearsal is cast. The share `share` of the writers takes part and gives `labels`
    labels, all equally many; the share `wrong` of the labels is wrong; a hostile user mislabels
    `hostile` more drawings."""

    labels: int = 500
    seed: int = 1
    share: float = 2 / 3
    wrong: float = 0.0
    hostile: int = 0


def cast(writers: dict[str, list[LabelledStrokes]], plan: CastPlan) -> Cast:
    """Cast the writers, whose drawings are given by name. The plan's seed determines the result.

    Raises BadFile where there are too few writers or drawings.
    """
    rng = random.Random(plan.seed)  # noqa: S311 - repeatable on purpose
    names = sorted(writers)
    count = round(plan.share * len(names))
    if not 0 < count < len(names):
        raise BadFile(f"{count} of {len(names)} writers would take part: some must, not all.")
    chosen = sorted(rng.sample(names, count))
    drawn = _drawn(writers, chosen, plan, rng)
    labels = _labels(drawn, plan, rng)
    if plan.hostile:
        labels[HOSTILE] = _hostile(writers, chosen, drawn, plan, rng)
    others = [one for name in names if name not in chosen for one in writers[name]]
    return Cast(labels, others)


def _drawn(
    writers: dict[str, list[LabelledStrokes]],
    chosen: Sequence[str],
    plan: CastPlan,
    rng: random.Random,
) -> dict[str, list[LabelledStrokes]]:
    """The drawings of each participant; their numbers differ by one at most."""
    found = {}
    for place, name in enumerate(chosen):
        share = plan.labels // len(chosen) + (place < plan.labels % len(chosen))
        if share > len(writers[name]):
            raise BadFile(f"{name} has {len(writers[name])} drawings; {share} are asked for.")
        found[name] = rng.sample(writers[name], share)
    return found


def _labels(
    drawn: dict[str, list[LabelledStrokes]], plan: CastPlan, rng: random.Random
) -> dict[str, list[CastLabel]]:
    places = [(name, place) for name, mine in drawn.items() for place in range(len(mine))]
    wrong = set(rng.sample(places, round(plan.wrong * len(places))))
    return {
        name: [
            CastLabel(one, _other(one.digit, rng) if (name, place) in wrong else one.digit)
            for place, one in enumerate(mine)
        ]
        for name, mine in drawn.items()
    }


def _hostile(
    writers: dict[str, list[LabelledStrokes]],
    chosen: Sequence[str],
    drawn: dict[str, list[LabelledStrokes]],
    plan: CastPlan,
    rng: random.Random,
) -> list[CastLabel]:
    """Other drawings of the participants' writers, each mislabelled."""
    taken = {id(one) for mine in drawn.values() for one in mine}
    left = [one for name in chosen for one in writers[name] if id(one) not in taken]
    if len(left) < plan.hostile:
        raise BadFile(f"The hostile user needs {plan.hostile} drawings; {len(left)} are left.")
    return [CastLabel(one, _other(one.digit, rng)) for one in rng.sample(left, plan.hostile)]


def _other(digit: int, rng: random.Random) -> int:
    return rng.choice([other for other in range(10) if other != digit])
