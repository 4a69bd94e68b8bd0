"""One act on several drawings."""

import pytest

from recognizer.models import Drawing, Label
from tests.people import drawn_by, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


def act(client, drawings: list, what: str, **more):
    body = {"drawings": [getattr(one, "pk", one) for one in drawings], "act": what, **more}
    return client.post("/api/drawings/selected/", body, format="json")


@pytest.fixture
def two(anna) -> list[Drawing]:
    return [drawn_by(anna), drawn_by(anna)]


def said(drawings: list[Drawing]) -> list[int | str | None]:
    found = Drawing.objects.filter(pk__in=[one.pk for one in drawings]).order_by("pk")
    return [one.owner_label.digit if one.owner_label else "nothing" for one in found]


def test_several_are_labelled_and_taken_back(api, two, anna):
    other = drawn_by(anna)
    response = act(api, two, "label", digit=4)
    assert (response.status_code, response.json()["changed"]) == (200, 2)
    assert {one["id"] for one in response.json()["drawings"]} == {one.pk for one in two}
    assert said([*two, other]) == [4, 4, "nothing"]
    assert act(api, two[:1], "label", digit=None).json()["changed"] == 1
    assert said(two) == [None, 4]
    assert act(api, [*two, other], "withdraw").json()["changed"] == 2
    assert said(two) == ["nothing", "nothing"]
    assert act(api, two, "withdraw").json()["changed"] == 0
    assert Label.objects.filter(withdrawn=True).count() == 2


def test_several_are_deleted_and_brought_back(api, two):
    assert act(api, two, "delete").json() == {"changed": 2, "drawings": []}
    assert not Drawing.objects.exists() and Drawing.all_objects.deleted().count() == 2
    assert act(api, two, "delete").status_code == 404
    assert act(api, two, "restore").json()["changed"] == 2
    assert Drawing.objects.count() == 2
    assert act(api, two, "restore").status_code == 404


@pytest.mark.parametrize("what", [{"what": "delete"}, {"what": "label", "digit": 1}])
def test_where_one_is_somebody_elses_nothing_is_changed(api, two, bert, what):
    other = drawn_by(bert)
    refused = act(api, [*two, other], **what)
    assert refused.status_code == 404
    assert refused.json()["error"] == f"Drawing {other.pk} is not there. Nothing was changed."
    assert Drawing.objects.count() == 3 and not Label.objects.exists()
    assert act(signed_in(bert), two, **what).status_code == 404


@pytest.mark.parametrize("what", [{"what": "label", "digit": 1}, {"what": "withdraw"}])
def test_every_drawing_that_is_labelled_counts_against_the_rate(api, two, anna, set_rate, what):
    set_rate("default", 3)
    assert act(api, two, **what).status_code == 200
    refused = act(api, two, **what)
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    assert Label.objects.count() == (2 if what["what"] == "label" else 0)


@pytest.mark.parametrize(
    ("drawings", "what", "more", "words"),
    [
        ([], "delete", {}, "drawings"),
        ([1, 1], "delete", {}, "named twice"),
        (list(range(1, 102)), "delete", {}, "100"),
        (["1"], "delete", {}, "whole number"),
        ([0], "delete", {}, "drawings"),
        ([2**63], "delete", {}, "drawings"),
        ([1], "burn", {}, "act"),
        ([1], "label", {}, "digit"),
        ([1], "label", {"digit": 10}, "digit"),
        ([1], "delete", {"digit": 3}, "not known here"),
        ([1], "delete", {"all": True}, "all"),
    ],
)
def test_bad_input_is_told(api, drawings, what, more, words):
    refused = act(api, drawings, what, **more)
    assert refused.status_code == 400
    assert words in refused.json()["error"]
