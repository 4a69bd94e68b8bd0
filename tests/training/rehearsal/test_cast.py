"""Tests who takes part in a rehearsal, and what they label."""

import gzip
import json
from pathlib import Path

import pytest

from recognizer.ink.files import BadFile
from training.ml.data.stroke_files import read
from training.rehearsal.cast import CastPlan, cast

LINE = [[[10.0, 10.0], [90.0, 90.0]]]


def row(writer: str, label: object = 1, **other: object) -> dict:
    drawn = {"strokes": LINE, "width": 100, "height": 100, "label": label, "writer": writer}
    return drawn | other


def write(folder: Path, rows: list[dict], *, name: str = "drawings.jsonl") -> Path:
    file = folder / name
    content = "\n".join(json.dumps(one) for one in rows).encode()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


@pytest.fixture
def file(tmp_path) -> Path:
    rows = [row(f"pen_{one}", label) for one in range(1, 7) for label in list(range(10)) * 5]
    return write(tmp_path, rows, name="drawings.jsonl.gz")


def test_it_reads_each_writers_drawings(file) -> None:
    writers = read(file)
    assert sorted(writers) == [f"pen_{one}" for one in range(1, 7)]
    assert [one.digit for one in writers["pen_1"]] == list(range(10)) * 5


def test_odd_and_even_go_by_the_number_in_the_name(file) -> None:
    assert sorted(read(file, chosen="odd")) == ["pen_1", "pen_3", "pen_5"]
    assert sorted(read(file, chosen="even")) == ["pen_2", "pen_4", "pen_6"]


def test_two_thirds_take_part_and_draw_equal_shares(file) -> None:
    parts = cast(read(file), CastPlan(labels=80))
    assert len(parts.labels_of) == 4
    assert {len(mine) for mine in parts.labels_of.values()} == {20}
    assert all(
        word.digit == word.drawing.digit for mine in parts.labels_of.values() for word in mine
    )
    assert len(parts.others) == 100


def test_a_seed_fixes_the_parts_and_another_deals_anew(file) -> None:
    writers = read(file)
    first, same, other = (cast(writers, CastPlan(labels=40, seed=seed)) for seed in (1, 1, 2))
    assert first == same
    assert first != other


def test_the_clean_and_the_wrong_run_of_a_seed_have_the_same_players_and_drawings(file) -> None:
    writers = read(file)
    clean, wrong = (cast(writers, CastPlan(labels=40, wrong=share)) for share in (0.0, 0.25))
    assert clean.others == wrong.others
    pairs = [
        (a, b)
        for name, mine in clean.labels_of.items()
        for a, b in zip(mine, wrong.labels_of[name], strict=True)
    ]
    assert all(a.drawing is b.drawing for a, b in pairs)
    assert sum(a.digit != b.digit for a, b in pairs) == 10


def test_a_hostile_user_mislabels_drawings_that_nobody_else_has(file) -> None:
    parts = cast(read(file), CastPlan(labels=80, hostile=30))
    mine = parts.labels_of["hostile"]
    taken = {
        id(w.drawing) for name, said in parts.labels_of.items() if name != "hostile" for w in said
    }
    assert len(mine) == 30
    assert parts.labels == 80
    assert all(word.digit != word.drawing.digit for word in mine)
    assert not taken & {id(word.drawing) for word in mine}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (CastPlan(labels=1000), "250 are asked for"),
        (CastPlan(labels=40, share=1.0), "not all"),
        (CastPlan(labels=40, share=0.01), "some must"),
        (CastPlan(labels=80, hostile=500), "are left"),
    ],
)
def test_what_the_file_cannot_give_is_said(file, plan, words) -> None:
    with pytest.raises(BadFile, match=words):
        cast(read(file), plan)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (row("pen_1", None), "line 2.*digit"),
        (row("pen_1", 12), "line 2.*digit"),
        (row("pen_1", strokes=[]), "line 2"),
        ({"strokes": LINE}, "line 2"),
        ([], "line 2"),
    ],
)
def test_a_bad_line_is_named(tmp_path, bad, words) -> None:
    with pytest.raises(BadFile, match=words):
        read(write(tmp_path, [row("pen_1"), bad]))


def test_a_file_that_is_not_there_or_holds_nobody_is_said(tmp_path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read(tmp_path / "none.jsonl")
    with pytest.raises(BadFile, match="no drawings"):
        read(write(tmp_path, [row("pen_1")]), chosen="even")
    with pytest.raises(BadFile, match="no number"):
        read(write(tmp_path, [row("anna")]), chosen="even")
