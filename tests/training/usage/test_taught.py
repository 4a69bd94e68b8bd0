"""Tests the line by which people learn that a version learned from them."""

import pytest

from tests.people import person, signed_in
from tests.training.helpers import rows
from tests.training.usage.test_usage import descend, learn
from training.models import SetAside, Subset
from training.usage.usage import MOST_ASKED

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker")]
FRAGMENT = {"HTTP_X_FRAGMENT": "1"}


def told(user) -> str:
    response = signed_in(user).get("/usage/taught/", **FRAGMENT)
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


def test_a_version_that_learned_from_one_is_told_with_the_drawing(corrected, fours, anna):
    learn(corrected, version=fours)
    assert f"You taught it. Version {fours.pk} learned from a drawing of yours." in told(anna)
    assert f'href="/drawings/{corrected.pk}/"' in told(anna)
    assert told(person("bela")) == "204"


def test_its_descendants_do_not_hide_it(corrected, fours, anna):
    learn(corrected, version=fours)
    last = descend(fours, count=MOST_ASKED - 1)
    rows.registry.promote(last)
    assert f"Version {fours.pk} learned" in told(anna)
    rows.registry.promote(rows.version(4, sure=0.98, parent=last))
    assert told(anna) == "204"


@pytest.mark.parametrize("use", [{"subset": Subset.HOLDOUT}, {"set_aside": SetAside.TOO_MANY}])
def test_nothing_was_learned_from_what_was_not_trained_on(corrected, fours, anna, use):
    learn(corrected, version=fours, **use)
    assert told(anna) == "204"
    page = signed_in(anna).get("/usage/taught/")
    assert "No version has learned from your drawings yet." in page.content.decode()


def test_a_refused_version_taught_nobody(corrected, fours, champion, anna):
    learn(corrected, version=fours)
    rows.registry.promote(champion)
    assert told(anna) == "204"
