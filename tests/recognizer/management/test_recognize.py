"""`manage.py recognize`: files in, one JSON answer a line out."""

import gzip
import io
import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from tests.people import INK
from tests.recognizer.images import encoded, seven

pytestmark = pytest.mark.django_db
LINE = json.dumps(INK)


def answers(*files, **options):
    """The answers, and the error at the end, if any."""
    out, error = io.StringIO(), None
    try:
        call_command("recognize", *map(str, files), stdout=out, **options)
    except CommandError as raised:
        error = str(raised)
    return [json.loads(line) for line in out.getvalue().splitlines()], error


@pytest.fixture
def strokes_file(tmp_path):
    path = tmp_path / "ink.jsonl"
    path.write_text(f"{LINE}\nnonsense\n{LINE}\n[]\n{json.dumps(INK | {'strokes': []})}\n{LINE}\n")
    return path


def test_a_bad_line_is_answered_on_its_line_and_the_rest_still_read(champion, strokes_file):
    said, error = answers(strokes_file)
    assert ["error" in one for one in said] == [False, True, False, True, True, False]
    assert said[0]["digit"] == 7
    assert said[0]["model_version"] == champion.pk
    assert len(said[0]["probabilities"]) == 10
    assert error.startswith("3 could not be read")


def test_an_empty_line_is_told_of_in_a_sentence(champion, tmp_path):
    path = tmp_path / "ink.jsonl"
    path.write_text(f"{LINE}\n\n{LINE}\n")
    said, _ = answers(path)
    assert said[1] == {"error": "ink.jsonl, line 2 is empty."}


@pytest.mark.parametrize("name", ["ink.JSONL", "ink.Jsonl.GZ"])
def test_a_name_in_capitals_is_the_same_name(champion, tmp_path, name):
    content = f"{LINE}\n".encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("GZ") else content)
    said, error = answers(path)
    assert ([one["digit"] for one in said], error) == ([7], None)


def test_reads_packed_lines(champion, tmp_path):
    path = tmp_path / "ink.jsonl.gz"
    path.write_bytes(gzip.compress(f"{LINE}\n{LINE}\n".encode()))
    said, error = answers(path)
    assert [one["digit"] for one in said] == [7, 7]
    assert error is None


def test_reads_more_than_a_batch_in_order(champion, tmp_path):
    path = tmp_path / "ink.jsonl"
    path.write_text("\n".join(["x" if n % 100 == 0 else LINE for n in range(600)]))
    said, _ = answers(path)
    assert [n for n, one in enumerate(said) if "error" in one] == list(range(0, 600, 100))


def test_reads_arrays_and_images_in_the_order_given(champion, tmp_path):
    images = np.zeros((2, 40, 40), np.uint8)
    images[0, 5:35, 18:22] = 255
    np.savez(tmp_path / "a.npz", images=images)
    (tmp_path / "b.png").write_bytes(encoded(seven()))
    said, error = answers(tmp_path / "a.npz", tmp_path / "b.png")
    assert ["error" in one for one in said] == [False, True, False]
    assert said[1]["error"].startswith("a.npz, image 1: ")
    assert error is not None


BROKEN = {
    "no array": ("a.npz", b"no zip"),
    "no gzip": ("a.jsonl.gz", b"no gzip"),
    "a gzip cut off": ("a.jsonl.gz", gzip.compress(LINE.encode() * 900)[:60]),
    "HTML": ("a.png", b"<html>"),
}


@pytest.mark.parametrize(("name", "content"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_one_error(champion, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    said, error = answers(tmp_path / name)
    assert list(said[-1]) == ["error"]
    assert error is not None


@pytest.mark.parametrize("arrays", [{"other": np.zeros(3)}, {"images": np.zeros((2, 28, 28))}])
def test_an_array_of_another_kind_is_one_error(champion, tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    said, _ = answers(tmp_path / "a.npz")
    assert "images" in said[0]["error"]


def test_writes_to_a_file(champion, strokes_file, tmp_path):
    out = tmp_path / "answers.jsonl"
    said, _ = answers(strokes_file, output=out)
    assert said == []
    assert len(out.read_text().splitlines()) == 6


@pytest.mark.parametrize("name", ["none.jsonl", "none.npz", "none.png"])
def test_a_file_that_is_not_there_is_one_error_and_the_rest_still_read(champion, tmp_path, name):
    (tmp_path / "ink.jsonl").write_text(LINE)
    said, error = answers(tmp_path / name, tmp_path / "ink.jsonl")
    assert name in said[0]["error"]
    assert said[1]["digit"] == 7
    assert error.startswith("1 could not be read")


def test_an_output_that_cannot_be_written_is_one_line(champion, strokes_file, tmp_path):
    _, error = answers(strokes_file, output=tmp_path / "no" / "folder.jsonl")
    assert "cannot be written" in error


def test_without_a_model_it_says_so(strokes_file):
    _, error = answers(strokes_file)
    assert "No model" in error
