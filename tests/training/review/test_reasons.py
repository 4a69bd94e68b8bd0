"""Owner and reviewer disagree: the owner sees it. And what the admin shows of drawings."""

import pytest
from django.test import Client

from recognizer.models import Drawing, Prediction
from recognizer.services import labelling
from tests.people import drawn_by, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def overruled(champion, anna, reviewer) -> Drawing:
    """The owner said 9, then a reviewer 4."""
    drawing = drawn_by(anna)
    labelling.label(drawing=drawing, author=anna, digit=9)
    labelling.label(drawing=drawing, author=reviewer, digit=4)
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
    labelling.label(drawing=overruled, author=anna, digit=None)
    overruled.refresh_from_db()
    assert (overruled.truth, overruled.owner_label.digit) == (4, None)
    page = signed_in(anna, Client).get("/history/").content.decode()
    assert "a reviewer says it is 4, you said not a digit" in page


def test_nothing_is_said_where_they_agree(overruled, anna):
    labelling.label(drawing=overruled, author=anna, digit=4)
    page = signed_in(anna, Client).get(f"/drawings/{overruled.pk}/").content.decode()
    assert "you said" not in page


# In the admin ------------------------------------------------------------------------------------


def test_the_admin_lists_by_confidence(champion, anna, admin):
    unsure, sure = drawn_by(anna), drawn_by(anna)
    Prediction.objects.filter(drawing=unsure).update(confidence=0.6)

    def listed(words: str) -> list[int]:
        page = admin.get("/admin/recognizer/drawing/", {"confidence": words})
        return [one.pk for one in page.context["cl"].result_list]

    assert listed("50 to 80%") == [unsure.pk]
    assert listed("95% and more") == [sure.pk]
    assert listed("nonsense") == [sure.pk, unsure.pk]


def test_the_admins_list_shows_each_drawing_and_its_page_rounds(overruled, reviewer):
    reviewer.is_superuser = True
    reviewer.save()
    admin = signed_in(reviewer, Client)
    assert "data:image/svg+xml;base64," in admin.get("/admin/recognizer/drawing/").content.decode()
    page = admin.get(f"/admin/recognizer/drawing/{overruled.pk}/change/").content.decode()
    assert "99.0%" in page
    assert "0.98999" not in page


def test_the_admins_list_stands_a_picture_that_is_gone(overruled, reviewer):
    reviewer.is_superuser = True
    reviewer.save()
    overruled.__class__.objects.update(uploaded=True, strokes=None)
    shown = signed_in(reviewer, Client).get("/admin/recognizer/drawing/")
    assert "cannot be shown" in shown.content.decode()
