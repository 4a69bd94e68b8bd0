"""The one reader of files of drawings."""

import json

import numpy as np
import pytest

from recognizer.ink import files
from tests.people import INK


def test_rows_carry_their_place_and_all_fields_and_skip_empty_lines(tmp_path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(f"\n{json.dumps(INK | {'label': 7})}\n\n")

    [row] = files.rows(file)

    assert (row.place, row.fields["label"], len(row.strokes.points)) == ("a.jsonl, line 2", 7, 4)


def test_a_bad_row_is_named_with_what_is_wrong(tmp_path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(f"{json.dumps(INK)}\n{json.dumps(INK | {'width': 'wide'})}\n")

    with pytest.raises(files.BadFile, match=r"a\.jsonl, line 2: .*width of the canvas"):
        list(files.rows(file))


def test_arrays_are_the_images_and_those_asked_for(tmp_path) -> None:
    images = np.zeros((2, 5, 5), np.uint8)
    np.savez(tmp_path / "a.npz", images=images, labels=np.arange(2), other=np.zeros(1))

    found, named = files.arrays(tmp_path / "a.npz", "labels", "clean_ood")

    assert found.shape == (2, 5, 5)
    assert named.keys() == {"labels"}


@pytest.mark.parametrize(
    ("field", "value"), [("flag", 1), ("compression", 99)], ids=["encrypted", "unknown compression"]
)
def test_a_zip_that_cannot_be_opened_is_refused_in_words(tmp_path, field, value) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, images=np.zeros((1, 8, 8), np.uint8))
    content = bytearray(path.read_bytes())
    offset = {"flag": 8, "compression": 10}[field]
    directory = content.index(b"PK\x01\x02")
    content[directory + offset] = value
    content[offset - 2] = value  # the same field of the entry's own header
    path.write_bytes(content)
    with pytest.raises(files.BadFile, match=r"`images` in a\.npz cannot be read"):
        files.arrays(path)
