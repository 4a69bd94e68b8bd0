"""The code that tests and benchmarks run in other processes names modules that exist.

It stands in strings, where no linter sees an import that went stale.
"""

import ast
import importlib
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("digitsite", "recognizer", "training", "tests", "benchmarks")
FILES = sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/**/*.py")])


def imports(file: Path) -> Iterator[tuple[str, str]]:
    """Module and name of each `from MODULE import NAME` of ours in the file's strings."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from imported(node.value)


def imported(text: str) -> Iterator[tuple[str, str]]:
    if not any(f"from {name}" in text for name in OURS):
        return
    try:
        code = ast.parse(textwrap.dedent(text))
    except SyntaxError:
        return  # prose
    for node in ast.walk(code):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            yield from ((node.module, alias.name) for alias in node.names)


def exists(module: str, name: str) -> bool:
    try:
        found = importlib.import_module(module)
        return (
            name == "*" or hasattr(found, name) or bool(importlib.import_module(f"{module}.{name}"))
        )
    except ModuleNotFoundError:
        return False


@pytest.mark.slow
def test_every_import_in_a_string_resolves() -> None:
    found = {(file, *one) for file in FILES for one in imports(file)}
    assert len(found) > 10
    stale = [
        f"{file.name}: {module}.{name}" for file, module, name in found if not exists(module, name)
    ]
    assert stale == []


@pytest.mark.parametrize("name", ["recognizer.no_such_module", "tests.people.nobody"])
def test_one_that_does_not_is_noticed(name: str) -> None:
    module, _, what = name.rpartition(".")
    [one] = imported(f"from {module} import {what}")
    assert not exists(*one)
