"""The documents name files that exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "benchmarks" / "README.md"]
NAMING = [*DOCUMENTS, ROOT / "training" / "ml" / "report" / "model_card.py"]
FOLDERS = "benchmarks|digitsite|docs|recognizer|scripts|static|templates|tests|training"
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./-]*)`")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)?(?:#([^)]+))?\)")


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("document", NAMING, ids=name)
def test_every_path_in_backticks_exists(document: Path) -> None:
    paths = PATH.findall(document.read_text())
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_relative_link_resolves(document: Path) -> None:
    links = LINK.findall(document.read_text())
    assert [link for link in links if not resolves(document, *link)] == []


def resolves(document: Path, path: str, heading: str) -> bool:
    target = document.parent / path if path else document
    return target.exists() and (not heading or heading in headings(target))


def headings(document: Path) -> Iterator[str]:
    """The anchors that GitHub gives the document's headings."""
    for title in re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE):
        yield re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
