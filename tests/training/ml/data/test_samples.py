"""Labelled samples from files: which are read, and what is said of those that cannot be."""

import numpy as np
import pytest

from recognizer.inference.classes import NOT_A_DIGIT
from recognizer.ink import rasterize, strokes
from recognizer.ink.files import BadFile
from tests.training.helpers.labelled_files import SEVEN, images, images_file, line, strokes_file
from training.ml.data.samples import collect, digits, others

BLANK = np.zeros((40, 40), np.uint8)


def labels(samples) -> list[int]:
    return [one.label for one in samples]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_strokes_as_the_product_sees_them(tmp_path, name) -> None:
    file = strokes_file(tmp_path / name, line(7), line(2))
    found = collect(digits(file, version=1))
    expected = rasterize.from_strokes(strokes.parse(SEVEN, width=280, height=280), version=1)
    assert found.labels.tolist() == [7, 2]
    assert (found.pictures == expected).all()
    assert (found.count, len(found.blank)) == (2, 0)


def test_images_as_the_product_sees_them_and_blank_ones_kept_apart(tmp_path) -> None:
    pictures = np.concatenate([images(2), BLANK[None]])
    file = images_file(tmp_path / "a.npz", images=pictures, labels=np.array([1, 4, 9]))
    found = collect(digits(file, version=1))
    assert found.labels.tolist() == [1, 4]
    assert (found.pictures[0] == rasterize.from_image(pictures[0], version=1)).all()
    assert found.blank.tolist() == [9]
    assert found.count == 3


@pytest.mark.parametrize(
    ("chosen", "expected"), [("all", [0, 1, 2, 3]), ("even", [0, 3]), ("odd", [1, 2])]
)
def test_writers_are_chosen_by_their_number(tmp_path, chosen, expected) -> None:
    writers = ["train_12", "train_7", 3, 4]
    rows = [line(place, writer=writer) for place, writer in enumerate(writers)]
    file = strokes_file(tmp_path / "a.jsonl", *rows)
    assert labels(digits(file, writers=chosen, version=1)) == expected


def test_others_are_those_that_no_digit_looks_like(tmp_path) -> None:
    rows = [line(None, clean_ood=True), line(None, clean_ood=False), line(None)]
    file = strokes_file(tmp_path / "a.jsonl", *rows)
    assert labels(others(file, version=1)) == [NOT_A_DIGIT, NOT_A_DIGIT]


@pytest.mark.parametrize("more", [{}, {"labels": np.full(3, -1)}])
def test_others_among_images_need_no_labels(tmp_path, more) -> None:
    clean = np.array([True, False, True])
    file = images_file(tmp_path / "a.npz", images=images(3), clean_ood=clean, **more)
    assert labels(others(file, version=1)) == [NOT_A_DIGIT, NOT_A_DIGIT]


WRONG_LINES = {
    "no JSON object": ([7], r"line 2: a line is JSON with strokes"),
    "no strokes": ({"label": 1}, r"line 2: a line is JSON with strokes"),
    "no label": (
        {"strokes": SEVEN, "width": 280, "height": 280},
        r"line 2: a line is JSON .*label",
    ),
    "a label that is none": (line("7"), r"line 2: the label must be a digit, 0 to 9, or null"),
    "a label out of range": (line(12), r"line 2: the label must be a digit, 0 to 9, or null"),
    "a truth for a label": (line(True), r"line 2: the label must be a digit"),
    "no digit": (line(None), r"line 2: the label must be a digit, 0 to 9\."),
    "no writer": (line(1), r"line 2: it names no writer"),
    "a writer without a number": (line(1, writer="anna"), r"'anna' has no number"),
}


@pytest.mark.parametrize(("row", "why"), WRONG_LINES.values(), ids=WRONG_LINES)
def test_a_wrong_line_is_named(tmp_path, row, why) -> None:
    file = strokes_file(tmp_path / "a.jsonl", line(1, writer=1), row)
    # Only what names its writer can be asked for odd ones.
    writers = "odd" if "writer" in why or "number" in why else "all"
    with pytest.raises(BadFile, match=why):
        list(digits(file, writers=writers, version=1))


WRONG_ARRAYS = {
    "no images": ({"other": np.zeros(3)}, "must hold `images`"),
    "floats": ({"images": np.zeros((2, 28, 28))}, "must hold `images`, uint8"),
    "colours": ({"images": np.zeros((2, 28, 28, 3), np.uint8)}, "N x H x W"),
    "one image": ({"images": np.zeros((28, 28), np.uint8)}, "N x H x W"),
    "too few labels": ({"images": images(2), "labels": np.array([1])}, "one whole number"),
    "labels of words": ({"images": images(1), "labels": np.array(["a"])}, "one whole number"),
    "labels out of range": ({"images": images(1), "labels": np.array([12])}, "between 0 and 9"),
    "no digit": ({"images": images(1), "labels": np.array([-1])}, "image 0: the label must be"),
    "no labels": ({"images": images(1)}, "image 0: the label must be a digit"),
    "objects": ({"images": np.array([None])}, "cannot be read"),
}


@pytest.mark.parametrize(("arrays", "why"), WRONG_ARRAYS.values(), ids=WRONG_ARRAYS)
def test_wrong_arrays_are_one_clear_error(tmp_path, arrays, why) -> None:
    with pytest.raises(BadFile, match=why):
        list(digits(images_file(tmp_path / "a.npz", **arrays), version=1))


@pytest.mark.parametrize("name", ["none.jsonl", "none.jsonl.gz", "none.npz"])
def test_a_file_that_is_not_there_is_one_clear_error(tmp_path, name) -> None:
    with pytest.raises(BadFile, match=f"{name} cannot be read"):
        list(digits(tmp_path / name, version=1))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a.npz", "cannot be read"),
        ("a.jsonl.gz", "cannot be read"),
        ("a.png", "no file of strokes"),
    ],
)
def test_a_file_of_something_else_is_one_clear_error(tmp_path, name, why) -> None:
    (tmp_path / name).write_bytes(b"<html>")
    with pytest.raises(BadFile, match=why):
        list(digits(tmp_path / name, version=1))


def test_an_array_alone_is_one_clear_error(tmp_path) -> None:
    np.save(tmp_path / "a.npy", images(1))
    (tmp_path / "a.npy").rename(tmp_path / "a.npz")
    with pytest.raises(BadFile, match="cannot be read"):
        list(digits(tmp_path / "a.npz", version=1))


def test_images_know_no_writers(tmp_path) -> None:
    file = images_file(tmp_path / "a.npz", images=images(1), labels=np.array([1]))
    with pytest.raises(BadFile, match="name no writers"):
        list(digits(file, writers="odd", version=1))


def test_digits_are_no_others(tmp_path) -> None:
    with pytest.raises(BadFile, match="line 1: it is labelled as a digit"):
        list(others(strokes_file(tmp_path / "a.jsonl", line(3)), version=1))


def test_nothing_but_blank_pictures_is_nothing_to_measure(tmp_path) -> None:
    file = images_file(tmp_path / "a.npz", images=BLANK[None], labels=np.array([1]))
    with pytest.raises(BadFile, match="no drawing with ink to measure"):
        collect(digits(file, version=1))


def test_the_number_of_a_line_counts_empty_ones(tmp_path) -> None:
    file = tmp_path / "gaps.jsonl"
    file.write_text("\n\nnot json\n")
    with pytest.raises(BadFile, match="line 3"):
        list(digits(file, version=1))
