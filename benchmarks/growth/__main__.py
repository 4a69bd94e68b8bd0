"""`python -m benchmarks.growth make` fills the PostgreSQL database that DATABASE_URL names, which
must be empty; `... measure` times the pages on it, and `... plans PATH` shows what a page asks it.
"""

import argparse
import os
import tempfile

from benchmarks import report


def main() -> None:
    """Make or measure. Raises SystemExit with the reason."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ |= {"VAR": folder, "API_RATE": "10000000/min", "LOG_LEVEL": "ERROR"}
        os.environ.pop("REDIS_URL", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "digitsite.settings"
        import django  # not earlier: its settings read the environment

        django.setup()
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        _do(asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("what", choices=["make", "measure", "plans"])
    parser.add_argument("path", nargs="?", default="/", help="of plans: the page")
    parser.add_argument("--as", dest="person", default="admin", help="of plans: who asks")
    parser.add_argument("--drawings", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=10_000)
    return parser.parse_args()


def _do(asked: argparse.Namespace) -> None:
    from benchmarks.growth import making, measuring

    if asked.what == "make":
        try:
            making.make(drawings=asked.drawings, people=asked.people)
        except making.NotEmpty as error:
            raise SystemExit(str(error)) from error
    elif asked.what == "measure":
        results = measuring.measured()
        report.add(f"growth, {results['drawings']:,}", results)
    else:
        measuring.show_plans(asked.person, asked.path)


if __name__ == "__main__":
    main()
