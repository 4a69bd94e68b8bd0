"""People whose account was deleted since they asked."""

import pytest
from django.conf import settings

from recognizer.accounts import roles
from recognizer.ink import strokes
from recognizer.models import Drawing, Label
from recognizer.services import deleting, labelling, refusals, saving
from tests.people import SEVEN, drawn_by


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_who_left_meanwhile_keeps_and_labels_nothing(champion, broker, anna, reviewer):
    """A foreign key to nobody is noticed at the end of a transaction."""
    drawing = drawn_by(anna)
    left = reviewer.pk
    assert reviewer.has_perm(roles.REVIEW)  # which is known from now on
    deleting.delete_account(reviewer)
    reviewer.pk = left
    with pytest.raises(refusals.NotAllowed, match="account was deleted"):
        labelling.label(drawing=drawing, author=reviewer, digit=7)
    with pytest.raises(refusals.NotAllowed, match="account was deleted"):
        saving.keep_strokes(owner=reviewer, strokes=strokes.parse(SEVEN, width=280, height=280))
    assert not Label.objects.exists()
    assert Drawing.objects.count() == 1
