"""A strict JSON parser: it refuses what parsers would read differently."""

import json
from collections import Counter
from typing import Any

# The longest name quoted in a message, in characters.
MOST_SHOWN = 50


class BadJSON(ValueError):
    """Not valid JSON: also if nested too deeply, or with invalid numbers or text."""


class NotTaken(BadJSON):
    """JSON that other readers accept. The message is one sentence: an object repeats a name, for
    which readers differ on which value counts; or a text contains a lone surrogate, which no
    database stores."""


def loads(text: str | bytes) -> Any:
    """Like json.loads. Raises BadJSON."""
    try:
        plain = text if isinstance(text, str) else text.decode(json.detect_encoding(text))
        found = json.loads(plain, parse_constant=_refuse, object_pairs_hook=_each_once)
        if "\\u" in plain:  # it may contain a lone surrogate
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except NotTaken:
        raise
    except UnicodeEncodeError as error:
        raise NotTaken("The text holds half a character.") from error
    except RecursionError as error:
        raise BadJSON("nested too deeply.") from error
    except ValueError as error:
        raise BadJSON(str(error)) from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        [(twice, _)] = Counter(name for name, _ in members).most_common(1)
        raise NotTaken(f"“{_shown(twice)}” is given more than once.")
    return found


def _shown(name: str) -> str:
    """As an answer can contain it and a database can store it."""
    return name[:MOST_SHOWN].encode(errors="replace").decode().replace("\0", "?")
