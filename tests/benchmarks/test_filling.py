"""The drawings that the history benchmark inserts by SQL."""

import pytest

from benchmarks.tools import filling
from recognizer.models import Drawing, Label


@pytest.mark.django_db
def test_a_person_gets_so_many_drawings_with_labels(champion):
    filled = filling.fill(40)
    assert Drawing.objects.owned_by(filled).count() == 40
    assert Label.objects.filter(author=filled).exists()
