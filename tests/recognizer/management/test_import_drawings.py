"""Drawings brought in on the command line."""

import pytest
from django.core.management import CommandError, call_command

from recognizer.models import Drawing, Import
from tests.recognizer.imports.made import jsonl, line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(jsonl(line(1), line(2), "?"))
    return path


def test_it_says_what_it_would_do_and_does_nothing(anna, file, capsys):
    call_command("import_drawings", str(file), owner="anna")

    assert capsys.readouterr().out.splitlines() == [
        "line 3: The line is not valid JSON.",
        "2 of 7",
        "0 here before, 1 refused of 3.",
        "Nothing was stored: --yes stores it.",
    ]
    assert not Drawing.objects.exists() and not Import.objects.exists()


def test_it_stores_once(anna, file, capsys):
    for _ in range(2):
        call_command("import_drawings", str(file), owner="anna", yes=True)

    assert "2 stored, 0 here before, 1 refused." in capsys.readouterr().out
    assert Drawing.objects.owned_by(anna).filter(truth=7).count() == 2


@pytest.mark.parametrize(
    ("name", "owner", "said"),
    [
        ("mine.jsonl", "nobody", "Nobody here is called nobody"),
        ("none.jsonl", "anna", "cannot be read: No such file"),
        ("empty.jsonl", "anna", "The file holds no drawings"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(anna, file, name, owner, said):
    file.with_name("empty.jsonl").touch()
    with pytest.raises(CommandError, match=said):
        call_command("import_drawings", str(file.with_name(name)), owner=owner)
