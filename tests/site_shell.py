"""A site's Python shell that stays open, so that Django is loaded once: see `Site.run`.

A line of standard input is a program, as JSON text, and is run in a namespace of its own. The
answer is a line of JSON: what the program printed. A program that fails ends the shell.
"""

import io
import json
import sys
from contextlib import redirect_stdout

import django
from django.db import connections


def main() -> None:
    """Runs until standard input ends."""
    django.setup()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(program: str) -> str:
    """What the program printed."""
    with redirect_stdout(io.StringIO()) as printed:
        exec(program, {"__name__": "__main__"})
    connections.close_all()  # as if each were a process of its own
    return printed.getvalue()


if __name__ == "__main__":
    main()
