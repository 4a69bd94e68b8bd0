"""Imports by API."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from recognizer.models import Drawing, Import, Scope
from tests.people import program_of, signed_in
from tests.recognizer.imports.made import carry_on, jsonl, line

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]


def sent(client, content: bytes = b"", name: str = "mine.jsonl"):
    return client.post("/api/imports/", {"file": SimpleUploadedFile(name, content)})


def test_a_file_is_sent_looked_through_started_and_followed(api, anna):
    response = sent(api, jsonl(line(1, 7), line(2, None), "nonsense"))
    assert response.status_code == 201
    said = response.json()
    assert response["Location"] == said["url"]
    assert (said["name"], said["state"], said["total"]) == ("mine.jsonl", "checking", 3)
    carry_on(Import.objects.get())

    said = api.get(said["url"]).json()
    assert (said["state"], said["refused"], said["shortage"]) == ("checked", 1, "")
    assert said["digits"] == {"7": 1, "unlabelled": 1}
    assert said["refusals"] == [{"place": "line 3", "why": "The line is not valid JSON."}]

    assert api.post(f"{said['url']}start/").json()["state"] == "storing"
    carry_on(Import.objects.get())
    said = api.get(said["url"]).json()
    assert (said["state"], said["kept"], len(said["refusals"])) == ("done", 2, 1)
    assert Drawing.objects.owned_by(anna).count() == 2
    [listed] = api.get("/api/imports/").json()["results"]
    assert listed["url"] == said["url"] and "refusals" not in listed

    assert api.delete(said["url"]).status_code == 204
    assert not Import.objects.exists() and Drawing.objects.count() == 2


def test_a_worker_is_asked_when_it_is_kept(api, broker, on_commit):
    with on_commit():
        sent(api, jsonl(line()))
    assert broker.client.llen("digitsite:imports") == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"file": SimpleUploadedFile("a", b"")}, "bad_import"),
        ({"file": "text"}, "invalid"),
        ({"file": SimpleUploadedFile("a", b"{}"), "digit": "3"}, "invalid"),
        ({"file": [SimpleUploadedFile("a", b"{}"), SimpleUploadedFile("b", b"{}")]}, "parse_error"),
    ],
    ids=["empty", "no file", "another name", "two"],
)
def test_bad_input_is_told(api, body, code):
    response = api.post("/api/imports/", body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert not Import.objects.exists()


def test_it_is_not_started_twice_and_no_other_beside_it(api):
    sent(api, jsonl(line()))
    one = Import.objects.get()
    start = f"/api/imports/{one.pk}/start/"
    assert api.post(start).json()["code"] == "not_checked"
    carry_on(one)
    assert api.post(start).status_code == 200
    refused = api.post(start)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_checked")
    refused = sent(api, jsonl(line(1)))
    assert (refused.status_code, refused.json()["code"]) == (409, "already_importing")


def test_strangers_find_nothing(api, bert):
    sent(api, jsonl(line()))
    address = f"/api/imports/{Import.objects.get().pk}/"
    stranger = signed_in(bert)
    assert stranger.get(address).status_code == 404
    assert stranger.delete(address).status_code == 404
    assert stranger.post(f"{address}start/").status_code == 404


def test_to_store_and_to_label_takes_both_scopes(anna):
    draws, corrects = (program_of(anna, scopes=[one]) for one in (Scope.DRAW, Scope.CORRECT))
    assert sent(corrects, jsonl(line())).status_code == 403
    assert sent(draws, jsonl(line())).status_code == 201
    one = carry_on(Import.objects.get())
    assert draws.post(f"/api/imports/{one.pk}/start/").status_code == 403
    assert corrects.post(f"/api/imports/{one.pk}/start/").status_code == 200


def test_a_token_that_may_only_draw_discards_nothing(anna):
    draws = program_of(anna, scopes=[Scope.DRAW])
    both = program_of(anna, scopes=[Scope.DRAW, Scope.CORRECT])
    assert sent(draws, jsonl(line())).status_code == 201
    one = carry_on(Import.objects.get())

    refused = sent(draws, jsonl(line(1)))

    assert (refused.status_code, refused.json()["code"]) == (409, "import_not_started")
    assert "start or discard it first" in refused.json()["error"]
    assert Import.objects.get() == one and one.rows.count() == 1
    assert sent(both, jsonl(line(1))).status_code == 201
    assert Import.objects.get() != one


def test_a_label_that_is_not_used_is_counted(api):
    sent(api, jsonl(line(1, 7)))
    api.post(f"/api/imports/{carry_on(Import.objects.get()).pk}/start/")
    carry_on(Import.objects.get())
    said = sent(api, jsonl(line(1, 3))).json()
    carry_on(Import.objects.get(pk=said["id"]))
    said = api.get(said["url"]).json()
    assert (said["known"], said["unused_labels"]) == (1, 1)


def test_a_file_that_is_too_large_is_refused_unread(api, settings):
    settings.FORM_BODY_BYTES = 1000
    assert sent(api, b"x" * 1001).status_code == 413
