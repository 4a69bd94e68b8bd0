"""What the tests of personal reading share."""

import pytest

from recognizer.models import Drawing
from tests.people import drawn_by
from tests.recognizer.answers.writing import says


@pytest.fixture
def nine(champion, anna) -> Drawing:
    """A drawing of anna's that she says is a 9."""
    drawing = drawn_by(anna)
    says(drawing, 9)
    return drawing
