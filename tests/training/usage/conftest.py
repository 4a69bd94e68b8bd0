"""One correction, and a version that learned from it."""

import pytest

from recognizer.models import Drawing, ModelVersion
from tests.training.helpers import rows


@pytest.fixture
def corrected(champion, anna) -> Drawing:
    """A 4 that the first version read as 7."""
    return rows.drawing(anna, version=champion, digit=7, truth=4)


@pytest.fixture
def fours(champion) -> ModelVersion:
    return rows.version(4, parent=champion)
