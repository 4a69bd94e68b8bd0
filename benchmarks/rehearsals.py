"""Benchmark: how much does a run improve, with correct labels, wrong labels and a hostile user?

`python -m benchmarks.rehearsals --drawings FILE` runs `manage.py rehearse` with five seeds each,
`--together` of them at once, and writes docs/rehearsals.md. It keeps each result in a folder by
commit, and does not repeat what it finds there.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks import report
from benchmarks.tools import servers

PAGE = servers.ROOT / "docs" / "rehearsals.md"
SEEDS = (1, 2, 3, 4, 5)
KINDS = {"clean": [], "wrong": ["--wrong", "0.2"], "hostile": ["--hostile", "200"]}
Results = dict[str, dict[int, dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawings", type=Path, required=True)
    parser.add_argument("--writers", default="odd")
    parser.add_argument("--keep", type=Path, default=servers.ROOT / "var" / "rehearsals")
    parser.add_argument("--together", type=int, default=1, help="how many at once")
    options = parser.parse_args()
    commit = report.commit()
    options.keep /= commit
    options.keep.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(options.together) as pool:
        plays = {
            kind: {seed: pool.submit(_result, kind, seed, options) for seed in SEEDS}
            for kind in KINDS
        }
        results = {
            kind: {seed: one.result() for seed, one in row.items()} for kind, row in plays.items()
        }
    asked = f"--drawings {options.drawings.name} --writers {options.writers}"
    PAGE.write_text(page(results, f"{asked} --together {options.together}", commit))
    print(f"The table is in {PAGE}.")


def _result(kind: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    kept = options.keep / f"{kind}-{seed}.json"
    if not kept.exists():
        kept.write_text(json.dumps(_play(kind, seed, options)))
    return dict(json.loads(kept.read_text()))


def _play(kind: str, seed: int, options: argparse.Namespace) -> Any:
    drawings = ["--drawings", str(options.drawings.resolve()), "--writers", options.writers]
    command = [sys.executable, "manage.py", "rehearse", *drawings, "--seed", str(seed), "--json"]
    done = subprocess.run(
        [*command, *KINDS[kind]], cwd=servers.ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def page(results: Results, asked: str, commit: str) -> str:
    """The whole of docs/rehearsals.md, from results by kind and seed."""
    return "\n".join(
        [
            "# Rehearsals",
            "",
            f"`python -m benchmarks.rehearsals {asked}` produced this at commit {commit} "
            f"({report.today()}; {report.machine()}). Rehearsals that run beside others "
            "take longer. In each, two thirds of the writers draw and label 500 digits, and a "
            "run follows; errors are counted on all drawings of the other writers, before and "
            "after it. “Wrong”: a fifth of the labels are wrong. “Hostile”: another user "
            "mislabels 200 drawings. After a rejection, “after” equals “before”.",
            "",
            "| labels | seed | decision | seconds | other writers: wrong before | after "
            "| MNIST: wrong before | after | set aside |",
            "|---|--:|---|--:|--:|--:|--:|--:|--:|",
            *(_row(kind, seed, one) for kind, row in results.items() for seed, one in row.items()),
            "",
            *_summary(results),
            "",
        ]
    )


def _row(kind: str, seed: int, one: dict[str, Any]) -> str:
    others, mnist = one["other_writers"], one["mnist"]
    figures = [
        others["errors_before"],
        others["errors_after"],
        mnist["errors_before"],
        mnist["errors_after"],
        one["set_aside"],
    ]
    cells = [kind, str(seed), one["decision"], str(one["seconds"]), *map(str, figures)]
    return f"| {' | '.join(cells)} |"


def _summary(results: Results) -> list[str]:
    return [f"- {kind}: {_sum(row, results['clean'])}" for kind, row in results.items()]


def _sum(row: dict[int, dict[str, Any]], clean: dict[int, dict[str, Any]]) -> str:
    promoted = sum(one["decision"] == "promoted" for one in row.values())
    before, after = (_errors(row, f"errors_{when}") for when in ("before", "after"))
    words = f"{promoted} of {len(row)} promoted; {before} errors before, {after} after"
    times = after / _errors(clean, "errors_after")
    return f"{words}, {_fall(row):.0%} fewer on average ({times:.2f} times the clean runs')."


def _fall(row: dict[int, dict[str, Any]]) -> float:
    """The mean over the seeds of the relative fall in errors."""
    others = [one["other_writers"] for one in row.values()]
    return fmean(1 - one["errors_after"] / one["errors_before"] for one in others)


def _errors(row: dict[int, dict[str, Any]], name: str) -> int:
    return sum(one["other_writers"][name] for one in row.values())


if __name__ == "__main__":
    main()
