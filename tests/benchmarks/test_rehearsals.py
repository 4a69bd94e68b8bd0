"""Tests the page that the benchmark of rehearsals writes."""

from benchmarks import rehearsals


def result(before: int, after: int, decision: str = "promoted") -> dict:
    return {
        "decision": decision,
        "seconds": 90,
        "set_aside": 3,
        "other_writers": {"drawings": 100, "errors_before": before, "errors_after": after},
        "mnist": {"drawings": 10000, "errors_before": 34, "errors_after": 35},
    }


def test_the_page_has_a_row_each_and_compares_with_the_clean_runs():
    runs = {
        "clean": {1: result(10, 6), 2: result(8, 8, "rejected")},
        "wrong": {1: result(10, 7), 2: result(8, 8, "rejected")},
    }
    page = rehearsals.page(runs, "--drawings pens.jsonl.gz --together 2", "dc95db8")
    assert "| clean | 1 | promoted | 90 | 10 | 6 | 34 | 35 | 3 |" in page
    assert "1 of 2 promoted; 18 errors before, 14 after, 20% fewer on average (1.00 times" in page
    assert "18 errors before, 15 after, 15% fewer on average (1.07 times" in page
    assert "`python -m benchmarks.rehearsals --drawings pens.jsonl.gz --together 2`" in page
    assert "at commit dc95db8" in page
