"""`make chaos`: people draw and save while the site's parts are killed, paused and filled.

`python -m tests.chaos --drawings 10000 --hits 100 --seed 1`. With DATABASE_URL there are two
machines on PostgreSQL and a Redis-compatible server, else one on SQLite and the embedded broker. It
prints what was lost, doubled or left waiting and how long the site was down, and ends with 1 where
that is more than it may be.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import hits, machines, people, probes

SECONDS_A_HIT = 4.0
# The sweep finds a lost task after a minute and a half.
GRACE_SECONDS = 120.0
MOST_DOWN, LONGEST_DOWN, SLOWEST_SAVE = 5.0, 2.0, 3.0
KEPT = """
    import json
    from recognizer.models import Drawing
    kept = Drawing.objects.values_list("idempotency_key", "pk")
    print(json.dumps([list(kept), Drawing.objects.waiting().count()]))
"""


@dataclass
class Report:
    """What came of it. `down` are the seconds of each outage."""

    hit: Counter[str]
    saved: people.Saved
    kept: dict[str, int]
    drawings: int
    stuck: int
    grace: float
    down: list[float]
    left: list[str]

    @property
    def lost(self) -> int:
        return sum(ids != {self.kept.get(key)} for key, ids in self.saved.ids.items())

    @property
    def twice(self) -> int:
        return self.drawings - len(self.kept)

    @property
    def nothing_is_lost(self) -> bool:
        return not (self.lost or self.twice or self.stuck or self.left or self.saved.faults)

    @property
    def is_good(self) -> bool:
        down_enough = sum(self.down) < MOST_DOWN and max(self.down, default=0) <= LONGEST_DOWN
        return self.nothing_is_lost and down_enough and self.saved.slowest < SLOWEST_SAVE

    def lines(self) -> str:
        longest = max(self.down, default=0)
        hit = ", ".join(f"{name} {count}" for name, count in sorted(self.hit.items()))
        return "\n".join(
            [
                f"hits                 {sum(self.hit.values())}: {hit}",
                f"drawings kept        {len(self.saved.ids)} acknowledged",
                f"lost                 {self.lost}",
                f"twice                {self.twice}",
                f"stuck unanswered     {self.stuck} after {self.grace:.0f} s",
                f"seconds down         {sum(self.down):.1f} in all, {longest:.1f} the longest of "
                f"{len(self.down)}",
                f"slowest save         {self.saved.slowest:.1f} s",
                f"saves refused        {self.saved.refused} in words (503), "
                f"{self.saved.failed} cut off",
                f"other answers        {len(self.saved.faults)} {self.saved.faults[:3]}",
                f"processes left       {len(self.left)} {self.left[:3]}",
            ]
        )


def run(folder: Path, *, drawings: int, times: int, seed: int) -> Report:
    """Runs a site, or two, in the folder, under so many drawings and hits."""
    seconds = times * SECONDS_A_HIT
    with machines.running(folder) as those:
        rng = random.Random(seed)
        tokens = people.sign_up(those)
        with probes.asking(those.urls) as asked, ThreadPoolExecutor(1) as pool:
            hitting = pool.submit(hits.hit, those, times, seconds=seconds, rng=rng)
            saved = people.draw(those.urls, tokens, drawings, seconds=seconds)
            done = hitting.result()  # raises what a hit raised
        began = time.monotonic()
        kept, stuck = those.ask(KEPT)
        while stuck and time.monotonic() < began + GRACE_SECONDS:
            time.sleep(1)
            kept, stuck = those.ask(KEPT)
        return Report(
            hit=Counter(done),
            saved=saved,
            kept=dict(kept),
            drawings=len(kept),
            stuck=stuck,
            grace=time.monotonic() - began,
            down=[seconds for probe in asked for seconds in probe.outages],
            left=those.stop(),
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawings", type=int, default=10_000)
    parser.add_argument("--hits", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        report = run(Path(folder), drawings=options.drawings, times=options.hits, seed=options.seed)
    print(report.lines())
    sys.exit(not report.is_good)


if __name__ == "__main__":
    main()
