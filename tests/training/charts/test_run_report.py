"""A run's evidence as figures for its page."""

from training.charts.run_report import figures


def test_a_change_that_cannot_be_seen_is_none():
    measured = {"champion": {"auroc": 0.9944}, "challenger": {"auroc": 0.9938}}
    [shown] = figures({"telling": measured})
    assert (shown.before, shown.after, shown.variant) == ("0.994", "0.994", "same")
