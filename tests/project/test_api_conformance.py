"""The API does what its schema says: Schemathesis sends what the schema allows, and what it does
not, and compares the answers with it.

More examples of each operation: SCHEMATHESIS_EXAMPLES=1000.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import hypothesis
import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from drf_spectacular.generators import SchemaGenerator
from rest_framework.settings import api_settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as openapi_checks

from recognizer.models import ApiToken, Drawing, Import, Scope
from recognizer.services import deleting
from tests.people import drawn_by, person
from tests.training.helpers import rows

pytestmark = pytest.mark.slow
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "15"))
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
    openapi_checks.missing_required_header,
    openapi_checks.unsupported_method,
    openapi_checks.allow_header_conformance,
]

# What no schema can say: what is a picture or a drawing, and what parameters cannot mean.
BEYOND_SCHEMA = {
    "bad_strokes", "no_ink", "bad_image", "unsupported_image", "bad_import", "contradiction",
}  # fmt: skip


@schemathesis.check
def accepted_if_valid(ctx, response, case) -> bool | None:
    if response.status_code >= 400 and response.json()["code"] in BEYOND_SCHEMA:
        return None
    return openapi_checks.positive_data_acceptance(ctx, response, case)


@schemathesis.check
def refused_if_invalid(ctx, response, case) -> bool | None:
    if response.status_code == 413:  # refused too, but Schemathesis does not expect it
        return None
    return openapi_checks.negative_data_rejection(ctx, response, case)


schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app = get_wsgi_application()


@dataclass(frozen=True)
class Asker:
    """Who asks, and the numbers of what there is for them, by the start of its address."""

    token: str
    numbers: dict[str, int]


@pytest.fixture(params=["owner", "staff"])
def asker(request, champion, broker, monkeypatch: pytest.MonkeyPatch) -> Asker:
    """Somebody who asks as often as they want; there is one thing of each kind for them."""
    rates = dict.fromkeys(api_settings.DEFAULT_THROTTLE_RATES, "1000000/min")
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", rates)
    # Django's own test client, too, keeps a request from closing the test's connection.
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    asker = person("anna", is_staff=request.param == "staff")
    deleted = drawn_by(asker)
    deleting.delete(Drawing.objects.filter(pk=deleted.pk))
    return Asker(
        ApiToken.objects.create(user=asker, name="test", scopes=Scope.values)[1],
        {
            "/api/drawings/deleted/": deleted.pk,
            "/api/imports/": Import.objects.create(owner=asker, state="checked").pk,
            "/api/drawings/": drawn_by(asker).pk,
            "/api/review/": drawn_by(person("bert")).pk,
            "/api/runs/": rows.run("rejected").pk,
        },
    )


@schema.parametrize()
@hypothesis.settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_what_the_schema_says_is_done(case: schemathesis.Case, asker: Asker) -> None:
    if str(case.path_parameters.get("id", "")).isdecimal():
        case.path_parameters["id"] = _number(asker, case.path)
    with _undone():
        case.call_and_validate(
            headers={"Authorization": f"Token {asker.token}"},
            checks=[*CHECKS, accepted_if_valid, refused_if_invalid],
        )


def _number(asker: Asker, path: str) -> int:
    """Of what is there, since most numbers are of nothing."""
    return next(pk for start, pk in asker.numbers.items() if path.startswith(start))


@contextmanager
def _undone() -> Iterator[None]:
    """Each example finds the same rows."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)
