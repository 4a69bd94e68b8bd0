"""Results of the benchmarks: results.json, and results.md written from it."""

import datetime as dt
import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
JSON, PAGE = HERE / "results.json", HERE / "results.md"
PACKAGES = ["Django", "djangorestframework", "granian", "onnxruntime", "celery", "numpy"]
Results = dict[str, Any]


def add(part: str, results: Results) -> None:
    """Store one benchmark's results, and write the page."""
    kept = json.loads(JSON.read_text()) if JSON.exists() else {}
    kept[part] = {"when": today(), "machine": machine(), "versions": _versions(), **results}
    JSON.write_text(json.dumps(kept, indent=1) + "\n")
    PAGE.write_text(page(kept))
    print(f"The results are in {PAGE}.", flush=True)


def today() -> str:
    return dt.datetime.now(tz=dt.UTC).date().isoformat()


def machine() -> str:
    cores = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{cores}, {platform.python_implementation()} {platform.python_version()}"


def commit() -> str:
    """The checked-out commit, with `-dirty` where files differ from it."""
    describe = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(
        describe, cwd=HERE, capture_output=True, text=True, check=True
    ).stdout.strip()


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}


def page(kept: Results) -> str:
    """The whole of results.md."""
    parts = ["# Measured", "", "`make bench` wrote this: every figure of a part is from one run."]
    if "live" in kept:
        parts += _live(kept["live"])
    parts += [line for name in kept if name.startswith("backlog") for line in _backlog(kept[name])]
    if "learning" in kept:
        parts += _learning(kept["learning"])
    if "history" in kept:
        parts += _history(kept["history"])
    grown = {name: part for name, part in kept.items() if name.startswith("growth")}
    if grown:
        parts += _growth(list(grown.values()))
    return "\n".join(parts) + "\n"


def _heading(title: str, part: Results) -> list[str]:
    versions = ", ".join(f"{name} {number}" for name, number in part["versions"].items())
    return ["", f"## {title}", "", f"{part['when']}; {part['machine']}; {versions}.", ""]


def _live(part: Results) -> list[str]:
    return [
        *_heading("Answers", part),
        f"Drawings of 60 points. The load is made by {part['load']} on the same machine, clients "
        f"without a pause, {part['seconds']} s a run, all in turns; the median of {part['rounds']} "
        f"rounds. {part['web']['processes']} web processes of {part['web']['threads']} threads, "
        f"1 recognition worker, SQLite. Gradio {part['gradio']}: its default queue, concurrency 8. "
        f"The machine's load average was {part['busy']:.1f} before; it should be near 0.",
        "",
        "| what | p50 ms | p99 ms | answers/s | answers | not 200 or 201 |",
        "|---|--:|--:|--:|--:|--:|",
        *(_live_row(name, row) for name, row in part["results"].items()),
        "",
        "| to reach | is | should be |",
        "|---|--:|--:|",
        *(
            f"| {what} | {is_:.1f} | {sign} {should:.1f} |"
            for what, is_, sign, should in aims(part)
        ),
        "",
        "Memory, pages that processes share divided among them (PSS), MB: "
        + ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in part["memory_mb"].items())
        + f"; together {sum(part['memory_mb'].values()):.0f}.",
    ]


def _live_row(name: str, row: Results) -> str:
    if "answers" not in row:
        return f"| {name} | {row['p50_ms']:.2f} | | {1000 / row['p50_ms']:.0f} | | |"
    wrong = row["refused"] + row["broken"]
    return (
        f"| {name} | {row['p50_ms']:.2f} | {row['p99_ms']:.2f} | {row['per_second']:.0f} "
        f"| {row['answers']} | {wrong} |"
    )


def aims(part: Results) -> list[tuple[str, float, str, float]]:
    """The targets: what, the figure, whether it is an upper or a lower bound, and the bound."""
    found = part["results"]
    bare, rival = found["bare loop"]["p50_ms"], found["Gradio, 8 clients"]["per_second"]
    live, crowd = found["live, 1 client"]["p50_ms"], found["live, 64 clients"]
    saved, eight = found["saved, 1 client"]["p50_ms"], found["saved, 8 clients"]["per_second"]
    return [
        ("live, 1 client: bare loops at the median", live / bare, "≤", 2),
        (
            "live, 8 clients: times Gradio's answers/s",
            found["live, 8 clients"]["per_second"] / rival,
            "≥",
            25,
        ),
        ("live, 64 clients: p99 ms", crowd["p99_ms"], "≤", 1000),
        ("live, 64 clients: not answered", crowd["refused"] + crowd["broken"], "≤", 0),
        ("saved, 1 client: p50 ms; 6 bare loops + 4 ms", saved, "≤", 6 * bare + 4),
        ("saved, 8 clients: times Gradio's live answers/s", eight / rival, "≥", 5),
    ]


def _backlog(part: Results) -> list[str]:
    return [
        *_heading(f"A backlog, {part['database']}", part),
        f"`python -m benchmarks.backlog`: {part['waiting']:,} drawings of 60 points wait when the "
        "workers begin. Milliseconds are one client's, from saving to the answer. The machine's "
        f"load average was {part['busy']:.1f} before; it should be near 0.",
        "",
        "| recognition workers | answers/s | p50 ms without a backlog | with it |",
        "|--:|--:|--:|--:|",
        *(
            f"| {workers} | {row['per_second']:.0f} | {row['alone_ms']:.1f} "
            f"| {row['meanwhile_ms']:.1f} |"
            for workers, row in part["workers"].items()
        ),
    ]


def _learning(part: Results) -> list[str]:
    rows = []
    for name in part["before"]:
        quiet = [part[when][name] for when in ("before", "after")]
        for figure in ("p50_ms", "p95_ms"):
            usual = sum(one[figure] for one in quiet) / len(quiet)
            busy = part["during"][name][figure]
            rows.append(f"| {name}, {figure[:3]} | {usual:.2f} | {busy:.2f} | {busy / usual:.2f} |")
    return [
        *_heading("Answers while a run trains", part),
        f"`python -m benchmarks.learning`: one person asks {part['pace']} times a second, before a "
        f"training run, during its fine-tuning and after it. The run took {part['seconds']} s from "
        f"the command to its end ({part['decision']}). A ratio should be 2 at most.",
        "",
        "| what | ms without | ms during | ratio |",
        "|---|--:|--:|--:|",
        *rows,
    ]


def _history(part: Results) -> list[str]:
    return [
        *_heading("The history", part),
        f"Two people in one {part['database']} database, with {part['few']:,} and {part['many']:,} "
        f"drawings; the same pages of both in turns, in one process, without a network; the median "
        f"of {part['turns']}. A page shows 24 at most; a filter that finds fewer among "
        f"{part['few']:,} has less to render. Of threes without a label, threes that are wrong, "
        "and unsure ones there are five each, and they are the oldest.",
        "",
        "| page | queries | ms, few | ms, many | its query alone: few | many | found by |",
        "|---|--:|--:|--:|--:|--:|---|",
        *(_history_row(row) for row in part["pages"]),
    ]


def _history_row(row: Results) -> str:
    times = " | ".join(
        f"{row[name]:.2f}" for name in ("few_ms", "many_ms", "few_query_ms", "many_query_ms")
    )
    name = f"{row['page']}?{row['filter']}".rstrip("?")
    return f"| `{name}` | {row['queries']} | {times} | {row['plan']} |"


def _growth(parts: list[Results]) -> list[str]:
    """One table of all sizes, the smallest first."""
    parts = sorted(parts, key=lambda part: part["drawings"])
    sizes = [f"{part['drawings']:,}" for part in parts]
    return [
        *_heading("A site that grows", parts[-1]),
        "`python -m benchmarks.growth make` and `measure`: PostgreSQL, one process, without a "
        f"network or a cache; milliseconds, the median of {parts[-1]['turns']} and, in brackets, "
        "the least. The site keeps the dashboard's figures for a minute, or ten: shown is what "
        "making them takes. Of drawings, people, and megabytes of database there are "
        + "; ".join(_size(part) for part in parts)
        + ". The machine's load average was "
        + ", ".join(f"{part['busy']:.1f}" for part in parts)
        + "; it should be near 0.",
        "",
        f"| who | page | queries | {' | '.join(sizes)} |",
        f"|---|---|--:|{'--:|' * len(sizes)}",
        *(_growth_row(rows) for rows in zip(*(part["pages"] for part in parts), strict=True)),
    ]


def _size(part: Results) -> str:
    return f"{part['drawings']:,}, {part['people']:,} and {part['megabytes']:,.0f}"


def _growth_row(rows: tuple[Results, ...]) -> str:
    times = " | ".join(f"{row['ms']:.0f} ({row['least_ms']:.0f})" for row in rows)
    return f"| {rows[-1]['who']} | `{rows[-1]['page']}` | {rows[-1]['queries']} | {times} |"
