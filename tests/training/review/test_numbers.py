"""A number in the review queue: it claims nothing that one key could confirm."""

import pytest

from recognizer.models import Drawing, User
from recognizer.tasks import predict
from tests.browser.pointer import FORTY_TWO, TOUCHING, Strokes
from tests.recognizer.answers.test_numbers import body, shipped  # noqa: F401
from training.review import reasons, service

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped", "broker")]


def drawn(owner: User, shape: Strokes) -> Drawing:
    drawing = Drawing.objects.create(owner=owner, **body(shape))
    predict()
    return Drawing.objects.select_related("answer").get(pk=drawing.pk)


@pytest.mark.parametrize("shape", [FORTY_TWO, TOUCHING])
def test_several_digits_cannot_be_confirmed_as_no_digit(anna, rita, shape) -> None:
    drawing = drawn(anna, shape)
    with pytest.raises(service.NothingToConfirm):
        service.confirm(rita, drawing.pk)
    assert not drawing.labels.exists()


def test_the_admin_confirms_neither(anna, admin_client) -> None:
    numbers = [drawn(anna, shape).pk for shape in (FORTY_TWO, TOUCHING)]
    response = admin_client.post(
        "/admin/recognizer/drawing/",
        {"action": "confirm", "_selected_action": numbers},
        follow=True,
    )
    assert "2 left out: no answer to confirm, or picked at random" in response.content.decode()
    assert not Drawing.objects.filter(truth_given=True).exists()


def test_the_reviewer_is_told_of_several_digits(anna) -> None:
    read, touching = drawn(anna, FORTY_TWO), drawn(anna, TOUCHING)
    assert (read.doubt, touching.doubt) == (Drawing.Doubt.NONE, Drawing.Doubt.UNSURE)
    assert "the number 42" in reasons.why(read, at_random=False, aside=None)
    assert "several digits" in reasons.why(touching, at_random=False, aside=None)
