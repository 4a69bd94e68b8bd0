"""A site's Python shell that stays open, so that Django is loaded once: `python -m tests.site_shell`.

A line of standard input is a program, as JSON text, and is run in a namespace of its own. The
answer is a line of JSON: what the program printed, and its traceback where it failed.
"""

import io
import json
import sys
import traceback
from contextlib import redirect_stdout

import django
from django.db import connections


def main() -> None:
    """Runs until standard input ends."""
    django.setup()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


def run(program: str) -> dict[str, str]:
    """What the program printed, and its traceback, "" where it did not fail."""
    failure = ""
    with redirect_stdout(io.StringIO()) as printed:
        try:
            exec(program, {"__name__": "__main__"})
        except Exception:
            failure = traceback.format_exc()
    connections.close_all()  # as if each were a process of its own
    return {"printed": printed.getvalue(), "failure": failure}


if __name__ == "__main__":
    main()
