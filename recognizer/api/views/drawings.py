"""API endpoints for one's own drawings."""

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import export
from recognizer.accounts import confirmation
from recognizer.answers import explaining
from recognizer.answers.pixels import thumbnail_of
from recognizer.api.parameters import filter_of, flag, idempotency_key, seconds_to_wait
from recognizer.api.requests import schema
from recognizer.api.requests.ink import INK_PARSERS, ink_of, person_of
from recognizer.api.requests.parsers import BoundedJSONParser
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.base import represent
from recognizer.api.serializers.drawings import (
    DeletedSerializer,
    DrawingDetailSerializer,
    DrawingSerializer,
    LabelSerializer,
)
from recognizer.api.serializers.explanations import ExplanationSerializer, explanation_fields
from recognizer.forms import DeletionFilter, HistoryFilter
from recognizer.ink.strokes import Strokes
from recognizer.limits.throttles import address_of
from recognizer.models import Drawing, DrawingQuerySet, Scope, signed_in
from recognizer.pagination import NewestFirst
from recognizer.services import deleting, labelling, saving


class OwnDrawings(
    StrictView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """What one’s drawings have in common, deleted or not."""

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
    """Your own drawings. Somebody else’s are not found."""

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
            return filter_of(self.request, HistoryFilter).apply(mine.for_list(), page=page)
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
            "idempotency_key": idempotency_key(request),
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
        # A plain str: wsgiref, which runserver uses, refuses subclasses such as DRF's hyperlinks.
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
        """Takes back what one said the drawing is. A reviewer’s label still counts."""
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
        return Response(explanation_fields(explained, words=flag(request, "words")))

    @takes(
        *schema.DELETION,
        responses={200: DeletedSerializer},
        errors=schema.DIFFERS,
    )
    @action(detail=False, methods=["post"], url_path="delete")
    def delete_filtered(self, request: Request) -> Response:
        """Deletes what the filter lets through; or everything, with `all` and `count`. For 30 days
        it can be brought back."""
        asked = filter_of(request, DeletionFilter)
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
        drawings = filter_of(request, HistoryFilter).apply(self.get_queryset())
        confirmation.require_for_session(request)
        kind = request.query_params.get("type")
        exported = export.response(
            drawings, kind, person=signed_in(request), address=address_of(request)
        )
        if request.auth is None:  # a program with a token does so every night
            confirmation.notify(request, signed_in(request), "history_exported")
        return exported


def _awaited(drawing: Drawing, seconds: float) -> Drawing:
    try:
        return saving.wait_for_answer(drawing, seconds)
    except Drawing.DoesNotExist as error:
        raise NotFound("The drawing was deleted meanwhile.") from error


def _kept_status(drawing: Drawing, new: bool) -> int:
    if drawing.answer_id is None:
        return status.HTTP_202_ACCEPTED
    return status.HTTP_201_CREATED if new else status.HTTP_200_OK
