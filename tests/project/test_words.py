"""What people read has one kind of quotation mark and apostrophe: “these” and ’this."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
APPS = ("digitsite", "recognizer", "training")
# It writes Markdown, which has straight ones in all of the docs.
MODEL_CARD = ROOT / "training" / "ml" / "report" / "model_card.py"
# An apostrophe within a word or after one, and words between quotation marks.
APOSTROPHE = re.compile(r"\w'\w|s' \w")
STRAIGHT = re.compile(rf'{APOSTROPHE.pattern}|(?<![\w=])"\w[\w ]*"')
# Of a template: what is not text.
UNREAD = re.compile(
    r"{#.*?#}|{% comment.*?endcomment %}|{%.*?%}|{{.*?}}|<(script|code)\b.*?</\1>|<[^>]*>",
    re.DOTALL,
)
SCRIPT_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')
SCRIPT_COMMENT = re.compile(r"^\s*(?://|/?\*).*$|\s//\s.*$", re.MULTILINE)


def test_of_python():
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py")]
    read = [file for file in files if "migrations" not in file.parts and file != MODEL_CARD]
    assert straight(read, strings, STRAIGHT) == []


def test_of_templates():
    files = [file for kind in ("*.html", "*.txt") for file in (ROOT / "templates").rglob(kind)]
    assert straight(files, lambda text: [UNREAD.sub(" ", text)], STRAIGHT) == []


def test_of_scripts():
    files = (ROOT / "static").rglob("*.js")
    assert straight(files, script_strings, APOSTROPHE) == []


def test_of_the_api(client):
    described = client.get("/api/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json")
    assert APOSTROPHE.findall(described.content.decode()) == []


def straight(
    files: Iterable[Path], texts: Callable[[str], Iterable[str]], sign: re.Pattern[str]
) -> list[tuple[str, str]]:
    """Where straight ones stand: the file, and what stands around."""
    return [
        (str(file.relative_to(ROOT)), found.group())
        for file in files
        for text in texts(file.read_text())
        for found in sign.finditer(text)
    ]


def strings(code: str) -> Iterator[str]:
    """The strings of a Python module, but for its docstrings."""
    nodes = list(ast.walk(ast.parse(code)))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [node.body[0] for node in nodes if isinstance(node, documented) and node.body]
    docstrings = {id(one.value) for one in first if isinstance(one, ast.Expr)}
    for node in nodes:
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


def script_strings(code: str) -> list[str]:
    return [one[1:-1] for one in SCRIPT_STRING.findall(SCRIPT_COMMENT.sub("", code))]
