"""MNIST-C's corruptions: what each does to a picture, and that seeds fix it."""

import numpy as np
import pytest

from training.ml.evaluation.mnist_c import CORRUPTIONS, corrupt

SETTLED = ("scale", "brightness", "stripe", "canny_edges")


def drawn(*areas: tuple[slice, slice], count: int = 1) -> np.ndarray:
    """Pictures that are white in these areas."""
    picture = np.zeros((28, 28), np.uint8)
    for area in areas:
        picture[area] = 255
    return np.repeat(picture[None], count, axis=0)


BLANK = drawn(count=200)
SQUARE = drawn(np.s_[9:19, 9:19], count=40)
BAR = drawn(np.s_[4:24, 13:15], count=40)


def spread(picture: np.ndarray) -> tuple[int, int, int, int]:
    """The first and last row, and the first and last column, with ink of 64 or more."""
    rows, columns = np.nonzero(picture >= 64)
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def slopes(pictures: np.ndarray) -> set[float]:
    """How far a bar leans to the right on its way down, as an angle, in tenths."""
    found = set()
    for picture in pictures:
        rows, columns = np.nonzero(picture >= 128)
        found.add(round(float(np.arctan(np.polyfit(rows, columns, 1)[0])), 1))
    return found


def test_the_fifteen_by_their_names(small) -> None:
    assert len(CORRUPTIONS) == 15
    with pytest.raises(KeyError):
        corrupt(small.test_images, "snow")


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_changes_digits_and_is_fixed_by_its_seed(small, name) -> None:
    before = small.test_images.copy()
    first, again, other = (corrupt(small.test_images, name, seed=seed) for seed in (1, 1, 2))
    assert (small.test_images == before).all()
    assert first.dtype == np.uint8 and first.shape == before.shape
    assert (first != before).any(axis=(1, 2)).all()
    assert (first == again).all()
    assert (first == other).all() == (name in SETTLED)


@pytest.mark.parametrize("name", SETTLED)
def test_no_digit_leaks_into_its_neighbours(small, name) -> None:
    together = corrupt(small.test_images[:5], name)
    alone = [corrupt(small.test_images[at : at + 1], name)[0] for at in range(5)]
    assert (together == alone).all()


def test_shot_noise_counts_grains_of_ink_in_thirds() -> None:
    seen = corrupt(np.full((50, 28, 28), 128, np.uint8), "shot_noise")
    assert set(np.unique(seen)) == {0, 85, 170, 255}
    assert (seen == 0).mean() == pytest.approx(np.exp(-3 * 128 / 255), abs=0.01)


def test_impulse_noise_strikes_17_of_100_pixels_black_or_white() -> None:
    seen = corrupt(np.full((200, 28, 28), 100, np.uint8), "impulse_noise")
    assert (seen == 0).mean() == pytest.approx(0.085, abs=0.003)
    assert (seen == 255).mean() == pytest.approx(0.085, abs=0.003)


def test_glass_blur_keeps_the_ink_and_blurs_it_down_the_columns_alone() -> None:
    seen = corrupt(SQUARE, "glass_blur")
    assert seen.mean() == pytest.approx(SQUARE.mean(), rel=0.02)
    assert np.diff(seen.astype(int), axis=2).std() > np.diff(seen.astype(int), axis=1).std()


def test_motion_blur_trails_off_to_one_side_and_keeps_the_ink() -> None:
    seen = corrupt(SQUARE, "motion_blur")
    assert seen.mean() == pytest.approx(SQUARE.mean(), rel=0.02)
    assert (seen[:, 14, 19:] == 0).all()
    assert (seen[:, 9:19, 8].max(axis=1) > 0).all()


def test_shear_leans_to_either_side_about_the_middle() -> None:
    seen = corrupt(BAR, "shear")
    # x taken from x - sin(0.4) y, y from cos(0.4) y: a lean of tan(0.4).
    assert slopes(seen) == {-0.4, 0.4}
    assert (seen[:, 13:15, 13:15] > 200).all()


def test_rotate_turns_either_way_about_the_middle() -> None:
    seen = corrupt(BAR, "rotate")
    assert slopes(seen) == {-0.4, 0.4}
    assert (seen[:, 13:15, 13:15] > 200).all()


def test_scale_makes_it_seven_tenths_as_large() -> None:
    assert spread(corrupt(SQUARE, "scale")[0]) == (10, 17, 10, 17)


def test_brightness_lifts_all_by_a_half() -> None:
    seen = corrupt(SQUARE, "brightness")
    assert set(np.unique(seen)) == {128, 255}


def test_translate_moves_by_three_to_all_four_corners() -> None:
    assert {spread(one) for one in corrupt(SQUARE, "translate")} == {
        (9 + down, 18 + down, 9 + right, 18 + right) for down in (-3, 3) for right in (-3, 3)
    }


def test_stripe_turns_seven_columns_on_either_side() -> None:
    seen = corrupt(BAR, "stripe")
    assert (seen[:, :, :7] == 255).all() and (seen[:, :, 21:] == 255).all()
    assert (seen[:, :, 7:21] == BAR[:, :, 7:21]).all()


def test_fog_dims_the_ink_to_a_quarter_over_a_smooth_cloud() -> None:
    seen = corrupt(drawn(np.s_[14:, :], count=100), "fog").astype(int)
    step = seen[:, 14] - seen[:, 13]
    assert step.mean() == pytest.approx(255 / 4, abs=3)
    # No cloud is empty, and each differs.
    assert seen[:, :14].mean(axis=(1, 2)).std() > 10
    assert np.abs(np.diff(seen[:, :14], axis=2)).mean() == pytest.approx(1.6, abs=0.4)


def test_spatter_is_dark_grey_and_covers_ink() -> None:
    blots = corrupt(BLANK, "spatter")
    assert blots[blots > 0].min() >= 50 and blots.max() <= 63
    assert (blots > 0).mean() == pytest.approx(0.135, abs=0.01)
    assert corrupt(np.full_like(BLANK, 255), "spatter").min() < 80


def test_dotted_line_has_two_columns_on_and_two_off() -> None:
    lines = corrupt(BLANK, "dotted_line")
    seen, off = lines.max(axis=1), np.arange(28) // 2 % 2 == 0
    assert (seen[:, off] == 0).all()
    assert (seen[:, [2, 3, 14, 15, 22, 23]] > 100).all()
    # It is lit as far as 2.3 (1 - 1/e) pixels up and down.
    assert (lines[:, 1:-1, 14] > 0).sum(axis=1).max() == 3


def test_zigzag_runs_from_left_to_right_and_swings() -> None:
    seen = corrupt(BLANK, "zigzag")
    assert (seen[:, :, :1] == 0).all() and (seen[:, :, 27:] == 0).all()
    level = next(one for one in seen if 6 < one[:, 4].argmax() < 20)
    tops = [int(level[:, column].argmax()) for column in (4, 8, 12, 16, 20, 24)]
    swings = np.sign(np.diff(tops))
    assert (swings[:-1] == -swings[1:]).all()


def test_canny_edges_are_the_outline_alone() -> None:
    [edges] = corrupt(SQUARE[:1], "canny_edges")
    assert set(np.unique(edges)) == {0, 255}
    assert (edges[12:16, 12:16] == 0).all() and (edges[:7] == 0).all()
    for at in range(12, 16):
        line = np.flatnonzero(edges[at])
        assert line.min() in (8, 9) and line.max() in (18, 19)


def test_canny_edges_keep_a_faint_edge_only_where_it_joins_a_strong_one() -> None:
    faint = np.zeros((1, 28, 28), np.uint8)
    faint[0, 14:] = 12
    assert not corrupt(faint, "canny_edges").any()
    joined = faint.copy()
    joined[0, 14:] = np.linspace(12, 60, 28)
    assert corrupt(joined, "canny_edges")[0, 13:15, 2].any()
