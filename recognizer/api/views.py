"""The API: everything that the pages do."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numpy as np
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import export
from recognizer.accounts import confirmation, tokens
from recognizer.answers import answering, decoding, explaining
from recognizer.answers.pixels import thumbnail_of
from recognizer.api import answers, live, why
from recognizer.api.errors import Contradiction
from recognizer.api.requests import schema
from recognizer.api.requests.parsers import (
    BoundedJSONParser,
    BoundedMultiPartParser,
    FileParser,
    ImageParser,
    UntypedParser,
)
from recognizer.api.requests.permissions import TokenScope
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers import (
    AccountSerializer,
    AnswerSerializer,
    DeletedSerializer,
    DrawingDetailSerializer,
    DrawingSerializer,
    ExplanationSerializer,
    LabelSerializer,
    NewTokenSerializer,
    TokenSerializer,
    flag,
    represent,
)
from recognizer.forms import DeletionFilter, FilterForm, HistoryFilter
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.strokes import BadStrokes, Strokes
from recognizer.limits.throttles import WindowThrottle
from recognizer.models import ApiToken, Drawing, DrawingQuerySet, Scope, signed_in
from recognizer.pagination import NewestFirst
from recognizer.services import deleting, labelling, saving

INK_PARSERS = [BoundedJSONParser, BoundedMultiPartParser, ImageParser, FileParser, UntypedParser]
T = TypeVar("T")
Filter = TypeVar("Filter", bound=FilterForm)


def ink_of(request: Request) -> Strokes | bytes:
    """The body's strokes, or its image as it came. Raises BadStrokes, ValidationError
    or Throttled."""
    data: Any = request.data  # our parsers give mappings
    if "image" not in data and "strokes" not in data:
        raise BadStrokes("Send strokes, width and height; or an image.")
    if "image" in data and "strokes" in data:
        raise BadStrokes("Send strokes or an image, not both.")
    if "image" not in data:
        return ink_strokes.parse(
            data.get("strokes"), width=data.get("width"), height=data.get("height")
        )
    WindowThrottle().admit_image(request)
    image = data["image"]
    if isinstance(image, UploadedFile):
        return image.read()
    if isinstance(image, bytes):
        return image
    raise ValidationError("Send the image as a file, or as the body itself.")


def apply_to_ink(
    ink: Strokes | bytes, *, strokes: Callable[[Strokes], T], image: Callable[[np.ndarray], T]
) -> T:
    """Calls `strokes` with strokes, or `image` with a decoded image. Raises as decoding.decode
    does."""
    return strokes(ink) if isinstance(ink, Strokes) else image(decoding.decode(ink))


def person_of(request: Request) -> int | None:
    """The id of whom it is read for, the way they write; None for nobody, or with `personal=0`."""
    wanted = request.user.is_authenticated and flag(request, "personal", default=True)
    return signed_in(request).pk if wanted else None


def seconds_to_wait(request: Request) -> float:
    """What `Prefer: wait=N` asks for, at most MOST_SECONDS_TO_WAIT."""
    asked = re.search(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", request.headers.get("Prefer", ""))
    return min(int(asked[1]), settings.MOST_SECONDS_TO_WAIT) if asked else 0


def asked_by(request: Request, form: type[Filter]) -> Filter:
    """The filter in the address. Raises ValidationError."""
    asked = form(request.query_params)
    if not asked.is_valid():
        kind = Contradiction if asked.contradicts else ValidationError
        raise kind({name: [str(text) for text in texts] for name, texts in asked.errors.items()})
    return asked


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
        reading = apply_to_ink(
            ink, strokes=read, image=partial(answering.read_image, person=person)
        )
        if isinstance(ink, Strokes):
            live.admit(request, self, read=read, extras=extras)
        return Response(answers.answer_fields(reading, extras=extras))


class OwnDrawings(
    StrictView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """What one's drawings have in common, deleted or not."""

    queryset = Drawing.objects.none()
    lookup_value_regex = r"\d{1,18}"

    @takes(responses={(200, "image/svg+xml"): bytes, (200, "image/png"): bytes})
    @action(detail=True, methods=["get"])
    def picture(self, request: Request, pk: str | None = None) -> HttpResponse:
        """The drawing to look at: an SVG of its strokes, or a small PNG of its upload."""
        content, content_type = thumbnail_of(self.get_object())
        return HttpResponse(content, content_type=content_type)


@extend_schema_view(retrieve=takes(schema.WORDS))
class DrawingViewSet(OwnDrawings):
    """Your own drawings. Somebody else's are not found."""

    token_scopes = {
        **dict.fromkeys(["list", "retrieve", "picture", "why", "export"], Scope.READ),
        "create": Scope.DRAW,
        **dict.fromkeys(["labels", "withdraw_label", "destroy", "delete_filtered"], Scope.CORRECT),
    }
    throttle_scope = "default"

    def get_queryset(self) -> DrawingQuerySet:
        mine = Drawing.objects.owned_by(signed_in(self.request))
        if self.action == "list":
            page = NewestFirst().span(self.request)
            return asked_by(self.request, HistoryFilter).apply(mine.for_list(), page=page)
        return mine.with_answers()

    def get_serializer_class(self) -> type[DrawingSerializer]:
        return DrawingDetailSerializer if self.action == "retrieve" else DrawingSerializer

    def get_parsers(self) -> list[Any]:
        self.parser_classes = INK_PARSERS if self._creates() else [BoundedJSONParser]
        return super().get_parsers()

    def _creates(self) -> bool:
        return getattr(self, "action_map", {}).get("post") == "create"

    @takes(*schema.HISTORY, schema.WORDS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @takes(
        schema.PREFER,
        schema.IDEMPOTENCY_KEY,
        schema.WORDS,
        schema.PERSONAL,
        body=schema.INK,
        responses={200: DrawingSerializer, 201: DrawingSerializer, 202: DrawingSerializer},
        errors={422: "The Idempotency-Key was used for another drawing.", **schema.NO_MODEL},
    )
    def create(self, request: Request) -> Response:
        """Keeps a drawing and has a worker read it: 201 with its answer, else 202; 200 where
        this Idempotency-Key made the drawing earlier."""
        ink, owner = ink_of(request), signed_in(request)
        how: dict[str, Any] = {
            "idempotency_key": _idempotency_key(request),
            "read_alone": person_of(request) is None,
        }
        if isinstance(ink, Strokes):
            drawing, new = saving.keep_strokes(owner=owner, strokes=ink, **how)
        else:
            drawing, new = saving.keep_image(owner=owner, content=ink, **how)
        seconds = seconds_to_wait(request)
        if drawing.answer_id is None and seconds:
            drawing = _awaited(drawing, seconds)
        data = self._shown(drawing)
        # A plain str: wsgiref, which runserver uses, accepts no subclass, as DRF's hyperlinks are.
        location = {"Location": str(data["url"])}
        return Response(data, status=_kept_status(drawing, new), headers=location)

    @takes(schema.WORDS, body=LabelSerializer, responses={201: DrawingSerializer})
    @action(detail=True, methods=["post"])
    def labels(self, request: Request, pk: str | None = None) -> Response:
        """Says what the drawing is: 0 to 9, or null for "not a digit"."""
        drawing = self.get_object()
        serializer = LabelSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        labelling.label(
            drawing=drawing, author=signed_in(request), digit=serializer.validated_data["digit"]
        )
        drawing.refresh_from_db()
        return Response(self._shown(drawing), status=status.HTTP_201_CREATED)

    @takes(schema.WORDS, responses={200: DrawingSerializer})
    @labels.mapping.delete
    def withdraw_label(self, request: Request, pk: str | None = None) -> Response:
        """Takes back what one said the drawing is. A reviewer's label still counts."""
        drawing = self.get_object()
        labelling.withdraw_label(drawing)
        drawing.refresh_from_db()
        return Response(self._shown(drawing))

    def _shown(self, drawing: Drawing) -> dict[str, Any]:
        return represent(DrawingSerializer, drawing, self.get_serializer_context())

    @takes(
        schema.WORDS,
        responses={200: ExplanationSerializer},
        errors={**schema.SEVERAL, **schema.NO_MODEL},
    )
    @action(detail=True, methods=["get"], throttle_scope="explain")
    def why(self, request: Request, pk: str | None = None) -> Response:
        """Says why the model that answers now reads it as it does, the way its owner writes."""
        explained = explaining.explain_drawing(self.get_object())
        return Response(why.explanation_fields(explained, words=flag(request, "words")))

    @takes(
        *schema.DELETION,
        responses={200: DeletedSerializer},
        errors=schema.DIFFERS,
    )
    @action(detail=False, methods=["post"], url_path="delete")
    def delete_filtered(self, request: Request) -> Response:
        """Deletes what the filter lets through; or everything, with `all` and `count`. For 30 days
        it can be brought back."""
        asked = asked_by(request, DeletionFilter)
        drawings = asked.apply(self.get_queryset())
        return Response({"deleted": deleting.delete(drawings, seen=asked.cleaned_data["count"])})

    def perform_destroy(self, instance: Drawing) -> None:
        """Deletes it. For 30 days it can be brought back."""
        deleting.delete(Drawing.objects.filter(pk=instance.pk))

    @takes(
        *schema.HISTORY,
        schema.FORMAT,
        responses={
            (200, "text/csv"): str,
            (200, "application/jsonl"): str,
            (200, "application/zip"): bytes,
        },
    )
    @action(detail=False, methods=["get"])
    def export(self, request: Request) -> StreamingHttpResponse:
        """Streams what the filter lets through: CSV, JSONL with strokes, or a zip of PNGs."""
        drawings = asked_by(request, HistoryFilter).apply(self.get_queryset())
        confirmation.require_for_session(request)
        kind = request.query_params.get("type")
        exported = export.response(drawings, kind, person=signed_in(request))
        if request.auth is None:  # a program with a token does so every night
            confirmation.notify(request, signed_in(request), "history_exported")
        return exported


def _awaited(drawing: Drawing, seconds: float) -> Drawing:
    try:
        return saving.wait_for_answer(drawing, seconds)
    except Drawing.DoesNotExist as error:
        raise NotFound("The drawing was deleted meanwhile.") from error


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not re.fullmatch(schema.KEY_PATTERN, key):
        raise ValidationError(
            "Idempotency-Key must have 1 to 200 plain characters, and no spaces among them."
        )
    return key


def _kept_status(drawing: Drawing, new: bool) -> int:
    if drawing.answer_id is None:
        return status.HTTP_202_ACCEPTED
    return status.HTTP_201_CREATED if new else status.HTTP_200_OK


class AccountView(StrictView):
    """Your own account."""

    token_scopes = {"get": Scope.READ, "patch": Scope.CORRECT}
    parser_classes = [BoundedJSONParser]

    @takes(responses=AccountSerializer)
    def get(self, request: Request) -> Response:
        return Response(AccountSerializer(request.user).data)

    @takes(body=AccountSerializer, responses=AccountSerializer)
    def patch(self, request: Request) -> Response:
        """Says whether your drawings may train the model, and whether digits are read the way you
        write them."""
        account = AccountSerializer(request.user, data=request.data, partial=True)
        account.is_valid(raise_exception=True)
        account.save()
        return Response(account.data)

    @takes(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Deletes the account with all its drawings, permanently. No token may; a session confirms
        that it is its owner first."""
        confirmation.require_for_session(request)
        leaving = signed_in(request)
        confirmation.notify(request, leaving, "account_deleted", username=leaving.username)
        deleting.delete_account(leaving)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenViewSet(
    StrictView, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """Your own tokens. A token is shown once, when it is created. No token may see, create or
    revoke any; a session confirms that it is its owner before it creates one."""

    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer
    pagination_class = None
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> Any:
        return ApiToken.objects.filter(user=signed_in(self.request))

    @takes(body=TokenSerializer, responses={201: NewTokenSerializer})
    def create(self, request: Request) -> Response:
        asked = TokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        confirmation.require_for_session(request)
        token, secret = tokens.make(signed_in(request), **asked.validated_data)
        confirmation.notify(request, token.user, "token_made", token=token)
        token.token = secret
        return Response(NewTokenSerializer(token).data, status=status.HTTP_201_CREATED)
