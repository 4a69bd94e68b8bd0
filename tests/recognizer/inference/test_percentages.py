"""Shares of 0 to 1, written in percent."""

import pytest

from recognizer.inference.percentages import percent, percent_down, percent_short, points


@pytest.mark.parametrize(
    ("share", "words"), [(0.98249, "98.2%"), (0.99999, "99.9%"), (1.0, "100.0%"), (0, "0.0%")]
)
def test_a_confidence_is_rounded_down(share, words):
    assert percent_down(share) == words


def test_a_share_is_rounded():
    assert (percent(0.98251), percent(0.12345, 2), percent(0.9, 0)) == ("98.3%", "12.35%", "90%")


def test_points_have_no_sign():
    assert (points(0.12345), points(0.12345, 1)) == ("12.35", "12.3")


def test_a_short_share_has_no_zeros_at_its_end():
    assert list(map(percent_short, (0.05, 0.125, 0.975312))) == ["5%", "12.5%", "97.53%"]
