"""The notebook, run from top to bottom in a kernel of its own, on a small MNIST."""

from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests import small_mnist

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebook.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.mark.slow
def test_it_runs_from_top_to_bottom(notebook, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("NOTEBOOK_MNIST", str(small_mnist.lay(tmp_path / "mnist")))
    monkeypatch.setenv("NOTEBOOK_LIMIT", "300")
    monkeypatch.setenv("NOTEBOOK_EPOCHS", "2")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    # A cell that fails raises here.
    where = {"metadata": {"path": str(ROOT)}}
    NotebookClient(notebook, kernel_name="python3", timeout=200, resources=where).execute()

    assert "270 to learn from, 30 held back" in words(notebook, "mnist")
    assert "training" in words(notebook, "train")
    assert "macro avg" in words(notebook, "report")
    # What ships reads even the small test set; a network of two steps need not.
    accuracy = words(notebook, "shipped").partition("accuracy")[2].split()[0]
    assert float(accuracy) >= 0.98
    for cell in ("mnist", "curve", "confusion", "worst", "reliability"):
        assert pictures(notebook, cell) == 1, cell
    if not find_spec("ipympl"):
        assert "An example instead" in words(notebook, "canvas")
        assert pictures(notebook, "canvas") == 1


def test_it_is_kept_without_outputs(notebook) -> None:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code and not any(cell.outputs or cell.execution_count for cell in code)


def words(notebook: nbformat.NotebookNode, cell: str) -> str:
    """All text that a cell gave; a bar in a widget is text as well."""
    given = outputs(notebook, cell)
    return "".join(one.get("text", "") + one.get("data", {}).get("text/plain", "") for one in given)


def pictures(notebook: nbformat.NotebookNode, cell: str) -> int:
    return sum("image/png" in one.get("data", {}) for one in outputs(notebook, cell))


def outputs(notebook: nbformat.NotebookNode, cell: str) -> list[nbformat.NotebookNode]:
    return next(one for one in notebook.cells if one.id == cell).outputs
