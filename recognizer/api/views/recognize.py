"""The endpoint that answers ink while somebody draws."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.answers import answering
from recognizer.api import live
from recognizer.api.parameters import flag
from recognizer.api.requests import schema
from recognizer.api.requests.ink import INK_PARSERS, apply_to_ink, ink_of, person_of
from recognizer.api.requests.permissions import TokenScope
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.answers import AnswerSerializer, answer_fields
from recognizer.ink.strokes import Strokes
from recognizer.models import Scope


class RecognizeView(StrictView):
    """Reads ink at once. Nothing is stored."""

    permission_classes = [TokenScope]
    token_scopes = {"post": Scope.DRAW}
    parser_classes = INK_PARSERS
    throttle_scope = "live"

    @takes(
        schema.PIXELS,
        schema.WORDS,
        schema.PERSONAL,
        body=schema.INK,
        responses={200: AnswerSerializer},
        errors=schema.NO_MODEL,
    )
    def post(self, request: Request) -> Response:
        ink = ink_of(request)
        extras = [name for name in ("pixels", "words") if flag(request, name)]
        person = person_of(request)
        read = partial(answering.read_strokes, person=person)
        read_image = partial(answering.read_image, person=person)
        reading = apply_to_ink(ink, strokes=read, image=read_image)
        if isinstance(ink, Strokes):
            live.admit(request, self, read=read, extras=extras)
        return Response(answer_fields(reading, extras=extras))
