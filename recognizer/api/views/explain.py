"""The endpoint that explains an answer."""

from functools import partial

from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.answers import explaining
from recognizer.api.parameters import flag
from recognizer.api.requests import schema
from recognizer.api.requests.ink import INK_PARSERS, apply_to_ink, ink_of, person_of
from recognizer.api.requests.permissions import TokenScope
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.explanations import ExplanationSerializer, explanation_fields
from recognizer.models import Scope


class ExplainView(StrictView):
    """Says why ink is read as it is. Nothing is stored."""

    permission_classes = [TokenScope]
    token_scopes = {"post": Scope.DRAW}
    parser_classes = INK_PARSERS
    throttle_scope = "explain"

    @takes(
        schema.PERSONAL,
        schema.WORDS,
        body=schema.INK,
        responses={200: ExplanationSerializer},
        errors={**schema.SEVERAL, **schema.NO_MODEL},
    )
    def post(self, request: Request) -> Response:
        ink = ink_of(request)
        person = person_of(request)
        explained = apply_to_ink(
            ink,
            strokes=partial(explaining.explain_strokes, person=person),
            image=partial(explaining.explain_image, person=person),
        )
        return Response(explanation_fields(explained, words=flag(request, "words")))
