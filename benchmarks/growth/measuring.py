"""Times of all pages and lists, each asked for by the one whom it costs most."""

import os
import statistics
import time
from base64 import b64encode
from typing import Any
from urllib.parse import quote

TURNS = 7
# A person with many drawings, a reviewer and an admin. {drawing} is one of the person's, {deep} the
# place of a list where three in five are newer.
PAGES = {
    "person-1": [
        "/",
        "/first/",
        "/history/",
        "/history/?digit=3",
        "/history/?state=wrong",
        "/history/?state=unlabelled&digit=3",
        "/history/?cursor={deep}",
        "/history/delete/",
        "/history/deleted/",
        "/drawings/{drawing}/",
        "/drawings/{drawing}/thumbnail/",
        "/usage/",
        "/usage/taught/",
        "/usage/{drawing}/",
        "/account/",
        "/account/shapes/",
        "/api/account/",
        "/api/tokens/",
        "/api/exemplars/",
        "/api/drawings/",
        "/api/drawings/?digit=3&state=wrong",
        "/api/drawings/?cursor={deep}",
        "/api/drawings/deleted/",
        "/api/drawings/{drawing}/",
    ],
    "reviewer": [
        "/review/",
        "/review/grid/",
        "/review/grid/?state=unsure",
        "/review/grid/?state=set_aside",
        "/review/grid/?state=right",
        "/review/grid/?digit=3",
        "/review/grid/?least=50&most=80",
        "/review/grid/?user=person-1",
        "/review/grid/?version=1",
        "/api/review/next/",
        "/api/review/next/?state=unlabelled&digit=none",
        "/dashboard/",
        "/dashboard/?days=90",
    ],
    "admin": [
        "/runs/",
        "/runs/{run}/",
        "/versions/",
        "/api/runs/",
        "/dashboard/",
        "/admin/",
        "/admin/recognizer/drawing/",
        "/admin/recognizer/drawing/?p=90",
        "/admin/recognizer/drawing/?review=first",
        "/admin/recognizer/drawing/?review=set_aside",
        "/admin/recognizer/drawing/?doubt=1",
        "/admin/recognizer/drawing/?outcome=wrong",
        "/admin/recognizer/drawing/?digit=3",
        "/admin/recognizer/drawing/?reviewed__exact=1",
        "/admin/recognizer/drawing/?uploaded__exact=1",
        "/admin/recognizer/drawing/?answer__model_version__id__exact={old}",
        "/admin/recognizer/drawing/?confidence=under+50+%25",
        "/admin/recognizer/drawing/?created_at__gte=2026-01-01&created_at__lt=2026-02-01",
        "/admin/recognizer/drawing/?q=person-77",
        "/admin/recognizer/drawing/?o=3",
        "/admin/recognizer/drawing/?o=4",
        "/admin/recognizer/drawing/{drawing}/change/",
        "/admin/recognizer/user/",
        "/admin/recognizer/user/?q=person-77",
        "/admin/recognizer/user/?teaches__exact=0",
        "/admin/recognizer/apitoken/",
        "/admin/recognizer/auditevent/",
        "/admin/recognizer/auditevent/?kind__exact=export",
        "/admin/recognizer/auditevent/?q=person-77",
        "/admin/recognizer/modelversion/",
        "/admin/training/trainingrun/",
        "/admin/training/promotion/",
        "/admin/account/emailaddress/",
    ],
}


def measured() -> dict[str, Any]:
    """The median of TURNS requests of each page, in milliseconds, and how many queries they take.

    There is no cache: what the site keeps there for all, as the dashboard's figures, is made each
    time.
    """
    from django.db import connection

    from recognizer.models import Drawing, User

    rows, busy = [], os.getloadavg()[0]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size = cursor.fetchone()[0]
    for name, pages in PAGES.items():
        for page in pages:
            row = _row(name, page)
            print(f"{row['ms']:8.1f} ms {row['queries']:3d} {name:10} {page}", flush=True)
            rows.append(row)
    return {
        "drawings": Drawing.all_objects.count(),
        "people": User.objects.count(),
        "megabytes": size / 1e6,
        "busy": busy,
        "turns": TURNS,
        "pages": rows,
    }


def _row(name: str, page: str) -> dict[str, Any]:
    client, address = client_of(name), filled(page)
    times, queries = [], []
    for _ in range(TURNS + 1):
        started = time.perf_counter()
        queries = ask(client, address)
        times.append((time.perf_counter() - started) * 1000)
    return {
        "who": name,
        "page": page,
        "ms": statistics.median(times[1:]),
        "queries": len(queries),
        "least_ms": min(times),
    }


def client_of(name: str) -> Any:
    """A browser in which this person is signed in."""
    from django.test import Client

    from recognizer.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=name), "recognizer.accounts.backends.SignIn")
    return client


def filled(page: str) -> str:
    """The page's address on this database."""
    from recognizer.models import Drawing, ModelVersion
    from training.models import TrainingRun

    theirs = Drawing.objects.filter(owner__username="person-1")
    middle = theirs.order_by("-created_at")[theirs.count() * 3 // 5]
    position = b64encode(f"p={quote(str(middle.created_at))}".encode()).decode()
    labelled = theirs.filter(truth_given=True).order_by("-pk")[5]
    return page.format(
        drawing=labelled.pk,
        deep=quote(position),
        run=TrainingRun.objects.values_list("pk", flat=True)[0],
        old=ModelVersion.objects.order_by("pk")[0].pk,
    )


def ask(client: Any, address: str) -> list[tuple[str, Any, float]]:
    """Get the page; its queries, their parameters and milliseconds. Raises RuntimeError."""
    from django.db import connection

    found: list[tuple[str, Any, float]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        result = execute(sql, params, many, context)
        found.append((sql, params, (time.perf_counter() - started) * 1000))
        return result

    with connection.execute_wrapper(keep):
        response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}.")
    return found


def show_plans(name: str, page: str) -> None:
    """Print the page's slowest queries, and the database's plans for them."""
    from django.db import connection

    client, address = client_of(name), filled(page)
    ask(client, address)
    for sql, params, milliseconds in sorted(ask(client, address), key=lambda one: -one[2])[:4]:
        print(f"\n{milliseconds:.1f} ms: {sql % tuple(params or ())}")
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", params)
                print("\n".join(row[0] for row in cursor.fetchall()))
