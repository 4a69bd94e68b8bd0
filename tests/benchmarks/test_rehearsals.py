"""Tests the page that the benchmark of rehearsals writes."""

import json

from benchmarks import rehearsals


def row(labels: str, seed: int, before: int, after: int, *, decision="promoted", **more) -> dict:
    return {
        "model": "0123456789ab",
        "writers": "odd",
        "numerics": "float32",
        "labels": labels,
        "seed": seed,
        "commit": "dc95db8",
        "when": "2026-11-30",
        "machine": "2 cores",
        "result": {
            "decision": decision,
            "seconds": 90,
            "set_aside": 3,
            "other_writers": {"drawings": 100, "errors_before": before, "errors_after": after},
            "mnist": {"drawings": 10000, "errors_before": 34, "errors_after": 35},
        },
    } | more


def test_the_page_has_a_line_each():
    page = rehearsals.page([row("clean", 1, 10, 6)])
    assert "| clean | 1 | promoted | 90 | 10 | 6 | 34 | 35 | 3 | dc95db8, 2026-11-30 |" in page


def test_what_was_asked_alike_is_summed_up():
    page = rehearsals.page(
        [
            row("clean", 1, 10, 6),
            row("clean", 2, 8, 8, decision="rejected"),
            row("wrong", 1, 10, 7),
        ]
    )
    assert "- clean: 1 of 2 promoted; 18 errors before, 14 after, 20% fewer on average" in page
    assert "- wrong: 1 of 1 promoted; 10 errors before, 7 after, 30% fewer on average" in page
    assert "MNIST at worst +1." in page


def test_others_writers_and_numerics_have_a_table_of_their_own():
    page = rehearsals.page([row("clean", 1, 10, 6), row("clean", 1, 0, 0, writers="all")])
    assert page.index("## Odd writers, float32") < page.index("## All writers, float32")
    assert "1 of 1 promoted; 0 errors before, 0 after, 0% fewer" in page


def test_what_is_stored_is_not_repeated(tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsals, "JSON", tmp_path / "rehearsals.json")
    monkeypatch.setattr(rehearsals, "PAGE", tmp_path / "rehearsals.md")
    model, numerics = rehearsals.measured()
    rows = [row("clean", seed, 10, 6, model=model, numerics=numerics) for seed in (2, 1)]
    rehearsals.JSON.write_text(json.dumps([*rows, row("clean", 1, 99, 98)]))
    asked = ["--drawings", str(tmp_path / "none"), "--labels", "clean", "--seeds", "2"]
    monkeypatch.setattr("sys.argv", ["rehearsals", *asked])
    rehearsals.main()
    page = rehearsals.PAGE.read_text()
    assert page.index("| clean | 1 |") < page.index("| clean | 2 |")
    assert "99" not in page.partition("## ")[2]  # which another model had wrong
    assert len(json.loads(rehearsals.JSON.read_text())) == 3
