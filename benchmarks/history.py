"""Benchmark: is a history of a million drawings as fast as one of a hundred?

`python -m benchmarks.history` fills a temporary database (SQLite, or one on the server that
DATABASE_URL names) for two people, then requests the same pages of both in turns, in this process.
"""

import os
import statistics
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from benchmarks import report
from benchmarks.tools import filling

FEW, MANY = 100, 1_000_000
TURNS = 15
# The filters of /history/; of the API only the first and a deep page are requested.
STATES = ("right", "wrong", "unsure", "unlabelled")
FILTERS = [
    "",
    "digit=3",
    *(f"state={state}" for state in STATES),
    *(f"digit=3&state={state}" for state in STATES),
    f"to={filling.OLD_DAY}",
    f"digit=3&to={filling.OLD_DAY}",
    f"state=wrong&from=2000-01-01&to={filling.OLD_DAY}",
    f"state=unlabelled&to={filling.OLD_DAY}",
    "from=2000-01-01&to=2000-12-31",
]


def main() -> None:
    """Measure, and write the results beside the scripts."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ |= {"VAR": folder, "API_RATE": "10000000/min", "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "digitsite.settings"
        import django  # not earlier: its settings read the environment

        django.setup()
        from django.core.management import call_command

        call_command("collectstatic", verbosity=0, interactive=False)
        with _database():
            report.add("history", _measured())


@contextmanager
def _database() -> Iterator[None]:
    """A temporary database: a file in VAR, or one on the PostgreSQL server, dropped afterwards."""
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "sqlite":
        call_command("migrate", verbosity=0)
        yield
        connection.close()
        return
    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def _measured() -> dict[str, Any]:
    from django.db import connection

    people = {count: filling.fill(count) for count in (FEW, MANY)}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # as the server itself does soon after such an import
            cursor.execute("ANALYZE")
    rows = [_row(path, chosen, people) for path, chosen in _pages()]
    return {"database": connection.vendor, "few": FEW, "many": MANY, "turns": TURNS, "pages": rows}


def _pages() -> list[tuple[str, str]]:
    position = f"p={quote(str(filling.DEEP))}"  # the page holds what is older
    deep = f"cursor={quote(b64encode(position.encode()).decode())}"
    pages = [("/history/", chosen) for chosen in FILTERS]
    pages += [("/history/", deep), ("/history/", f"state=unlabelled&{deep}")]
    return [*pages, ("/api/drawings/", ""), ("/api/drawings/", deep)]


def _row(path: str, chosen: str, people: dict[int, Any]) -> dict[str, Any]:
    """The median times of the page, and of its query alone, for both people."""
    requests = {count: _Requests(user, f"{path}?{chosen}") for count, user in people.items()}
    for _ in range(TURNS):
        for each in requests.values():
            each.once()
    few, many = requests[FEW], requests[MANY]
    return {
        "page": path,
        "filter": chosen if "cursor" not in chosen else chosen.split("cursor")[0] + "deep page",
        "queries": many.queries,
        "few_ms": statistics.median(few.milliseconds),
        "many_ms": statistics.median(many.milliseconds),
        "few_query_ms": statistics.median(few.query_ms),
        "many_query_ms": statistics.median(many.query_ms),
        "plan": many.plan(),
    }


class _Requests:
    """Requests of one page by one person, and their times."""

    def __init__(self, user: Any, url: str) -> None:
        from django.test import Client

        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(user)
        self.url = url
        self.milliseconds: list[float] = []
        self.query_ms: list[float] = []
        self._sql: list[tuple[str, Any]] = []
        self._get()

    @property
    def queries(self) -> int:
        return len(self._sql)

    def once(self) -> None:
        started = time.perf_counter()
        self._get()
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        self.query_ms.append(self._query_ms())

    def _get(self) -> None:
        from django.db import connection

        self._sql = []
        with connection.execute_wrapper(self._keep):
            response = self.client.get(self.url)
        if response.status_code != 200:
            raise RuntimeError(f"{self.url} answered {response.status_code}.")

    def _keep(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self._sql.append((sql, params))
        return execute(sql, params, many, context)

    def _for_drawings(self) -> tuple[str, Any]:
        [found] = [one for one in self._sql if 'FROM "recognizer_drawing"' in one[0]]
        return found

    def _query_ms(self) -> float:
        """The time of the page's query alone, including all rows."""
        from django.db import connection

        with connection.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute(*self._for_drawings())
            cursor.fetchall()
            return (time.perf_counter() - started) * 1000

    def plan(self) -> str:
        """The database's plan for the query of the drawings."""
        from django.db import connection

        sql, params = self._for_drawings()
        how = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
        with connection.cursor() as cursor:
            cursor.execute(f"{how} {sql}", params)
            lines = [str(row[-1]).strip() for row in cursor.fetchall()]
        found = [line for line in lines if "drawing" in line or "TEMP" in line or "Sort" in line]
        return "; ".join(found)


if __name__ == "__main__":
    main()
