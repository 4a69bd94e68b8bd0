"""Benchmark: how much does a run improve, with correct labels, wrong labels and a hostile user?

`python -m benchmarks.rehearsals --drawings FILE` runs `manage.py rehearse` once for each seed,
`--together` of them at once, stores the results in rehearsals.json and writes docs/rehearsals.md.
What rehearsals.json has for the model that ships is not repeated, so that a table can be made in
several goes. ATEN_CPU_CAPABILITY=avx2 makes runs compute in float32, as they do on a processor
without bf16.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from benchmarks import report
from benchmarks.tools import servers
from training.ml.network.inference import has_fast_bf16

JSON = Path(__file__).parent / "rehearsals.json"
PAGE = servers.ROOT / "docs" / "rehearsals.md"
MODEL = servers.ROOT / "recognizer" / "shipped" / "model.onnx"
LABELS = {"clean": [], "wrong": ["--wrong", "0.2"], "hostile": ["--hostile", "200"]}
INTRODUCTION = """# Rehearsals

`python -m benchmarks.rehearsals --drawings pendigits_train.jsonl.gz` wrote this page: `manage.py
rehearse`, once for each row. In each, two thirds of the writers draw and label 500 digits on a site
of its own, and a run follows; errors are counted on all drawings of the other writers, before and
after it, and so on MNIST's test set. “Odd” writers are those with an odd number; nothing was chosen
by them. “Wrong”: a fifth of the labels are wrong. “Hostile”: another user mislabels 200 drawings.
“Set aside” are labels that were not taught: doubted ones, and shapes that only their owner writes.
After a rejection, “after” equals “before”. Seconds are those of the run; several rehearsals at once
take longer. float32 is what runs compute in on a processor without fast bf16
(`ATEN_CPU_CAPABILITY=avx2` makes any processor such a one)."""
HEAD = (
    "| labels | seed | decision | seconds | wrong before | after | MNIST before | after "
    "| set aside | commit, date |\n|---|--:|---|--:|--:|--:|--:|--:|--:|---|"
)
# What is asked of a rehearsal, as a row has it: model, writers, numerics, labels, seed.
KEY = ("model", "writers", "numerics", "labels", "seed")
TIMES = ("before", "after")
Row = dict[str, Any]


def main() -> None:
    options = _options()
    # Asked now: the results make the checkout differ from the commit.
    made = {"commit": report.commit(), "machine": report.machine()}
    model, numerics = measured()
    kept = {_key(row): row for row in _stored()}
    asked = [
        (model, options.writers, numerics, labels, seed)
        for labels in options.labels
        for seed in range(options.first, options.first + options.seeds)
    ]
    with ThreadPoolExecutor(options.together) as pool:
        for row in pool.map(
            lambda key: _rehearse(dict(zip(KEY, key, strict=True)) | made, options.drawings),
            [key for key in asked if key not in kept],
        ):
            kept[_key(row)] = row
            _write(list(kept.values()), model)
    _write(list(kept.values()), model)
    print(f"The tables are in {PAGE}.")


def measured() -> tuple[str, str]:
    """What is measured here: the digest of the model that ships, and what runs compute in."""
    digest = hashlib.sha256(MODEL.read_bytes()).hexdigest()
    return digest[:12], "bf16" if has_fast_bf16(torch.device("cpu")) else "float32"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawings", type=Path, required=True)
    parser.add_argument("--writers", default="odd")
    parser.add_argument("--labels", nargs="+", choices=LABELS, default=list(LABELS))
    parser.add_argument("--first", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--seeds", type=int, default=5, help="how many (5)")
    parser.add_argument("--together", type=int, default=1, help="how many at once (1)")
    return parser.parse_args()


def _stored() -> list[Row]:
    return list(json.loads(JSON.read_text())) if JSON.exists() else []


def _key(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in KEY)


def _rehearse(row: Row, drawings: Path) -> Row:
    command = [sys.executable, "manage.py", "rehearse", "--json", "--drawings", drawings.resolve()]
    command += ["--writers", row["writers"], "--seed", str(row["seed"]), *LABELS[row["labels"]]]
    done = subprocess.run(command, cwd=servers.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    result = json.loads(done.stdout.splitlines()[-1])
    return row | {"when": report.today(), "result": result}


def _write(rows: list[Row], model: str) -> None:
    rows.sort(key=_order)
    JSON.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
    PAGE.write_text(page([row for row in rows if row["model"] == model]))


def _order(row: Row) -> tuple[Any, ...]:
    place = list(LABELS).index(row["labels"])
    return row["model"], row["writers"], row["numerics"], place, row["seed"]


def page(rows: list[Row]) -> str:
    """The whole of docs/rehearsals.md, from one model's rows in order."""
    tables = groupby(rows, key=lambda row: (row["writers"], row["numerics"]))
    return "\n".join([INTRODUCTION, *(_table(*of, list(some)) for of, some in tables)])


def _table(writers: str, numerics: str, rows: list[Row]) -> str:
    machines = "; ".join(sorted({row["machine"] for row in rows}))
    of_labels = groupby(rows, key=lambda row: row["labels"])
    summary = [f"- {labels}: {_summary(list(some))}" for labels, some in of_labels]
    title = f"{writers} writers, {numerics}".capitalize()
    parts = [f"\n## {title}\n", *summary, f"\n{machines}.\n", HEAD, *map(_line, rows), ""]
    return "\n".join(parts)


def _summary(rows: list[Row]) -> str:
    promoted = sum(row["result"]["decision"] == "promoted" for row in rows)
    before, after = (sum(_errors(row, at, "other_writers") for row in rows) for at in TIMES)
    worst = max(_errors(row, "after", "mnist") - _errors(row, "before", "mnist") for row in rows)
    fewer = f"{fmean(map(_fall, rows)):.0%} fewer on average"
    return (
        f"{promoted} of {len(rows)} promoted; {before} errors before, {after} after, {fewer}; "
        f"MNIST at worst {worst:+d}."
    )


def _errors(row: Row, at: str, of: str) -> int:
    return int(row["result"][of][f"errors_{at}"])


def _fall(row: Row) -> float:
    """The relative fall in errors; 0 where there was none to mend."""
    before, after = (_errors(row, at, "other_writers") for at in TIMES)
    return 1 - after / before if before else 0.0


def _line(row: Row) -> str:
    result = row["result"]
    figures = [_errors(row, at, of) for of in ("other_writers", "mnist") for at in TIMES]
    asked = [row["labels"], row["seed"], result["decision"], result["seconds"]]
    cells = [*asked, *figures, result["set_aside"], f"{row['commit']}, {row['when']}"]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
