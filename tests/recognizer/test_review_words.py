"""Owner and reviewer disagree: the owner sees it. And staff label in the admin."""

import pytest
from django.test import Client

from recognizer import services
from recognizer.models import Drawing, Label, Prediction
from tests.recognizer.conftest import drawn_by, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def overruled(champion, anna, reviewer) -> Drawing:
    """The owner said 9, then a reviewer 4."""
    drawing = drawn_by(anna)
    services.label(drawing=drawing, author=anna, digit=9)
    services.label(drawing=drawing, author=reviewer, digit=4)
    return drawing


def test_the_owner_sees_it_on_the_drawings_page(overruled, anna):
    page = signed_in(anna, Client).get(f"/drawings/{overruled.pk}/").content.decode()
    assert "A reviewer says it is 4, you said 9." in page


def test_the_owner_sees_it_in_the_history(overruled, anna):
    page = signed_in(anna, Client).get("/history/").content.decode()
    assert "a reviewer says it is 4, you said 9" in page


def test_the_owners_program_sees_it(overruled, api):
    said = api.get(f"/api/drawings/{overruled.pk}/").json()
    assert (said["label"]["role"], said["label"]["digit"]) == ("reviewer", 4)
    assert (said["owner_label"]["role"], said["owner_label"]["digit"]) == ("owner", 9)


def test_what_the_owner_says_later_is_seen_but_does_not_count(overruled, anna):
    services.label(drawing=overruled, author=anna, digit=None)
    overruled.refresh_from_db()
    assert (overruled.truth, overruled.owner_label.digit) == (4, None)
    page = signed_in(anna, Client).get("/history/").content.decode()
    assert "a reviewer says it is 4, you said not a digit" in page


def test_nothing_is_said_where_they_agree(overruled, anna):
    services.label(drawing=overruled, author=anna, digit=4)
    page = signed_in(anna, Client).get(f"/drawings/{overruled.pk}/").content.decode()
    assert "you said" not in page


# In the admin ------------------------------------------------------------------------------------


@pytest.fixture
def admin(reviewer) -> Client:
    reviewer.is_superuser = True
    reviewer.save()
    return signed_in(reviewer, Client)


def act(admin: Client, action: str, drawings: list[Drawing], label: str = "") -> str:
    body = {
        "action": action,
        "label": label,
        "_selected_action": [drawing.pk for drawing in drawings],
    }
    return admin.post("/admin/recognizer/drawing/", body, follow=True).content.decode()


@pytest.mark.parametrize(("label", "truth"), [("3", 3), ("none", None)])
def test_the_admin_labels(champion, anna, admin, reviewer, label, truth):
    drawings = [drawn_by(anna) for _ in range(2)]
    assert "2 labelled." in act(admin, "relabel", drawings, label)
    said = Label.objects.values_list("author", "role", "digit")
    assert list(said) == [(reviewer.pk, "reviewer", truth)] * 2


def test_the_admin_confirms_what_claims_something(champion, anna, admin):
    read, unsure = drawn_by(anna), drawn_by(anna)
    Drawing.objects.filter(pk=unsure.pk).update(digit=None)
    Prediction.objects.filter(drawing=unsure).update(digit=None)
    page = act(admin, "confirm", [read, unsure])
    assert "1 labelled." in page and "1 claimed nothing to confirm." in page
    assert Label.objects.get().digit == 7


def test_the_admin_wants_a_label(champion, anna, admin):
    assert "Choose the label beside the action." in act(admin, "relabel", [drawn_by(anna)])
    assert not Label.objects.exists()


def test_the_admin_labels_a_bounded_number(champion, anna, admin, monkeypatch):
    monkeypatch.setattr("recognizer.admin.MOST_RELABELLED", 1)
    drawings = [drawn_by(anna) for _ in range(2)]
    assert "At most 1 at once: nothing was labelled." in act(admin, "relabel", drawings, "3")
    assert "At most 1 at once: nothing was labelled." in act(admin, "confirm", drawings)
    assert not Label.objects.exists()


def test_the_admin_lists_what_teaches_most_first(champion, anna, reviewer, admin):
    wrong, plain, reviewed = (drawn_by(anna) for _ in range(3))
    services.label(drawing=wrong, author=anna, digit=4)
    services.label(drawing=reviewed, author=reviewer, digit=7)
    newest_first = admin.get("/admin/recognizer/drawing/").context["cl"].result_list
    assert [one.pk for one in newest_first] == [reviewed.pk, plain.pk, wrong.pk]
    to_review = admin.get("/admin/recognizer/drawing/?review=first").context["cl"].result_list
    assert [one.pk for one in to_review] == [wrong.pk, plain.pk]


def test_the_admin_lists_by_confidence(champion, anna, admin):
    unsure, sure = drawn_by(anna), drawn_by(anna)
    Prediction.objects.filter(drawing=unsure).update(confidence=0.6)

    def listed(words: str) -> list[int]:
        page = admin.get("/admin/recognizer/drawing/", {"confidence": words})
        return [one.pk for one in page.context["cl"].result_list]

    assert listed("50 to 80 %") == [unsure.pk]
    assert listed("95 % and more") == [sure.pk]
    assert listed("nonsense") == [sure.pk, unsure.pk]


def test_the_admins_list_shows_each_drawing_and_its_page_rounds(overruled, reviewer):
    reviewer.is_superuser = True
    reviewer.save()
    admin = signed_in(reviewer, Client)
    assert "data:image/svg+xml;base64," in admin.get("/admin/recognizer/drawing/").content.decode()
    page = admin.get(f"/admin/recognizer/drawing/{overruled.pk}/change/").content.decode()
    assert "99.0 %" in page
    assert "0.98999" not in page


def test_the_admins_list_stands_a_picture_that_is_gone(overruled, reviewer):
    reviewer.is_superuser = True
    reviewer.save()
    overruled.__class__.objects.update(uploaded=True, strokes=None)
    shown = signed_in(reviewer, Client).get("/admin/recognizer/drawing/")
    assert "cannot be shown" in shown.content.decode()
