"""The admin's list of drawings: staff label there by the review queue's rules."""

import datetime as dt
import re

import pytest
from django.test import Client

from recognizer.models import Drawing, Label, Prediction, User
from recognizer.services import labelling, saving
from tests.people import drawn_by, person, signed_in
from tests.recognizer.images import encoded, seven
from tests.training.helpers import rows
from training.models import DatasetSample, SetAside
from training.review import claims, service

pytestmark = pytest.mark.django_db
LIST = "/admin/recognizer/drawing/"


def act(
    admin: Client, action: str, drawings: list[Drawing], label: str = "", listed: str = ""
) -> str:
    body = {
        "action": action,
        "label": label,
        "_selected_action": [drawing.pk for drawing in drawings],
    }
    return admin.post(f"{LIST}{listed}", body, follow=True).content.decode()


def listed(admin: Client, **filters: str) -> list[Drawing]:
    return list(admin.get(LIST, filters).context["cl"].result_list)


@pytest.mark.parametrize(("label", "truth"), [("3", 3), ("none", None)])
def test_the_admin_labels(champion, anna, admin, reviewer, label, truth):
    drawings = [drawn_by(anna) for _ in range(2)]
    assert "2 labelled." in act(admin, "relabel", drawings, label)
    said = Label.objects.values_list("author", "role", "digit")
    assert list(said) == [(reviewer.pk, "reviewer", truth)] * 2


def test_the_admin_confirms_what_claims_something(champion, anna, admin):
    read, unsure = drawn_by(anna), drawn_by(anna)
    Drawing.objects.filter(pk=unsure.pk).update(digit=None, verdict="unsure")
    Prediction.objects.filter(drawing=unsure).update(digit=None, verdict="unsure")
    page = act(admin, "confirm", [read, unsure])
    assert "1 labelled." in page
    assert "1 left out: no answer to confirm, or picked at random." in page
    assert Label.objects.get().digit == 7


def test_the_admin_wants_a_label(champion, anna, admin):
    assert "Choose the label beside the action." in act(admin, "relabel", [drawn_by(anna)])
    assert not Label.objects.exists()


@pytest.mark.parametrize("across", ["0", "1"])
def test_the_admin_labels_a_bounded_number(champion, anna, admin, monkeypatch, across):
    monkeypatch.setattr(service, "MOST_AT_ONCE", 1)
    drawings = [drawn_by(anna) for _ in range(2)]
    body = {"label": "3", "_selected_action": [one.pk for one in drawings]}
    for action in ("relabel", "confirm"):
        page = admin.post(LIST, body | {"action": action, "select_across": across}, follow=True)
        assert "At most 1 at once: nothing was labelled." in page.content.decode()
    assert not Label.objects.exists()


def test_all_that_are_listed_can_be_labelled_at_once(champion, anna, admin):
    drawings = [drawn_by(anna) for _ in range(3)]
    body = {"action": "confirm", "select_across": "1", "_selected_action": [drawings[0].pk]}
    assert "3 labelled." in admin.post(LIST, body, follow=True).content.decode()


# By the queue's rules ----------------------------------------------------------------------------


@pytest.mark.parametrize("filters", ["", "?review=first"])
@pytest.mark.parametrize("action", ["relabel", "confirm"])
def test_what_another_reviewer_holds_is_not_labelled(champion, anna, rita, admin, action, filters):
    free, held = drawn_by(anna), drawn_by(anna)
    claims.claim(rita, [held.pk])
    page = act(admin, action, [free, held], "3", filters)
    assert "1 labelled." in page and "1 held by another reviewer just now." in page
    assert Label.objects.get().drawing == free


@pytest.mark.parametrize("action", ["relabel", "confirm"])
def test_what_the_queue_never_shows_is_not_labelled(champion, anna, reviewer, admin, action):
    private = drawn_by(person("nora", teaches=False))
    page = act(admin, action, [drawn_by(anna), private, drawn_by(reviewer)], "3")
    assert "1 labelled." in page and "2 not for you to label" in page
    assert Label.objects.get().drawing.owner == anna


def test_what_teaches_most_comes_first(champion, anna, admin):
    wrong, plain = drawn_by(anna), drawn_by(anna)
    labelling.label(drawing=wrong, author=anna, digit=4)
    assert listed(admin) == [plain, wrong]
    assert listed(admin, review="first") == [wrong, plain]


def test_to_review_is_what_the_queue_would_show(champion, anna, bert, rita, reviewer, admin):
    mine_to_say, held, said, passed_by, settled = (drawn_by(anna) for _ in range(5))
    drawn_by(person("nora", teaches=False))
    drawn_by(reviewer)
    claims.claim(rita, [held.pk])
    claims.claim(reviewer, [mine_to_say.pk])
    claims.skip(reviewer, passed_by.pk)
    labelling.label(drawing=settled, author=rita, digit=7)
    labelling.label(drawing=said, author=anna, digit=4)
    labelling.label(drawing=said, author=reviewer, digit=1)  # disputed, but I have spoken
    assert listed(admin, review="first") == [mine_to_say]


def test_what_was_set_aside_is_listed(champion, anna, rita, admin):
    doubted, used, private = (
        rows.drawing(owner, version=champion, truth=1)
        for owner in (anna, anna, person("nora", teaches=False))
    )
    rows.run(rows.State.REJECTED, dataset=rows.dataset([doubted, used, private]))
    aside = DatasetSample.objects.filter(drawing_id__in=[doubted.pk, private.pk])
    aside.update(set_aside=SetAside.DOUBTED)
    assert listed(admin, review="set_aside") == [doubted]
    claims.claim(rita, [doubted.pk])
    assert listed(admin, review="set_aside") == []


# What it shows -----------------------------------------------------------------------------------


def test_doubts_are_told_and_filtered_in_words(champion, anna, admin):
    wrong, plain = drawn_by(anna), drawn_by(anna)
    labelling.label(drawing=wrong, author=anna, digit=4)
    page = admin.get(LIST).content.decode()
    column = re.findall(r'class="field-why">([^<]*)<', page)
    assert column == ["nobody doubts it", "the owner and the model disagree"]
    choices = re.findall(r'href="\?doubt=(\d)">([^<]*)<', page)
    assert ("3", "the model is unsure") in choices and len(choices) == 5
    assert listed(admin, doubt="1") == [wrong]
    assert listed(admin, doubt="5") == [plain]
    assert listed(admin, doubt="nonsense") == [plain, wrong]


def test_the_list_tells_what_was_read_and_said(champion, anna, admin):
    labelling.label(drawing=drawn_by(anna), author=anna, digit=None)
    drawn_by(anna, answered=False)
    page = admin.get(LIST).content.decode()
    assert re.findall(r'class="field-read_as">([^<]*)<', page) == ["…", "7, 98.9%"]
    assert re.findall(r'class="field-said_to_be">([^<]*)<', page) == ["-", "not a digit"]


def test_an_upload_in_the_list_is_fetched_by_itself(reviewer, anna):
    upload, _ = saving.keep_image(owner=anna, content=encoded(seven()))
    boss = signed_in(User.objects.create_superuser("boss", password="a long passphrase"), Client)
    address = f"{LIST}{upload.pk}/thumbnail/"

    assert address in boss.get(LIST).content.decode()
    shown = boss.get(address)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")

    assert signed_in(anna, Client).get(address).status_code == 302  # to sign in as staff
    assert signed_in(reviewer, Client).get(address).status_code == 403  # without the permission
    upload.upload.delete()
    assert boss.get(address).status_code == 404


def test_times_are_the_readers_and_written_as_on_the_pages(champion, anna, admin):
    drawn_by(anna)
    Drawing.objects.update(created_at=dt.datetime(2026, 1, 2, 20, 5, tzinfo=dt.UTC))
    admin.cookies["timezone"] = "Asia/Tokyo"
    assert "3 Jan 2026, 05:05" in admin.get(LIST).content.decode()
    pk = Drawing.objects.get().pk
    page = admin.get(f"{LIST}{pk}/change/").content.decode()
    assert "3 Jan 2026, 05:05" in page
    assert "Days and times: Asia/Tokyo." in page


def test_handwriting_is_marked_as_ink_and_a_picture_not(champion, anna, admin):
    drawn_by(anna)
    assert 'class="ink"' in admin.get(LIST).content.decode()
    Drawing.objects.all().delete()
    saving.keep_image(owner=anna, content=encoded(seven()))
    assert 'class="ink"' not in admin.get(LIST).content.decode()
