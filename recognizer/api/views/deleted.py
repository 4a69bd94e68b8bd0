"""API endpoints for one's recently deleted drawings: list, restore, delete permanently."""

from django.http import Http404
from drf_spectacular.utils import extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.accounts import confirmation
from recognizer.api.parameters import filter_of
from recognizer.api.requests import schema
from recognizer.api.requests.schema import takes
from recognizer.api.serializers.drawings import (
    DeletedDrawingSerializer,
    DeletedSerializer,
    DrawingSerializer,
    RestoredSerializer,
)
from recognizer.api.views.drawings import OwnDrawings
from recognizer.forms import Everything
from recognizer.models import Drawing, DrawingQuerySet, Scope, signed_in
from recognizer.services import deleting


@extend_schema_view(list=takes(schema.WORDS), retrieve=takes(schema.WORDS))
class DeletedDrawingViewSet(OwnDrawings):
    """Your own recently deleted drawings, the newest first."""

    serializer_class = DeletedDrawingSerializer
    token_scopes = {
        **dict.fromkeys(["list", "retrieve", "picture"], Scope.READ),
        **dict.fromkeys(["restore", "restore_all", "destroy", "erase_all"], Scope.CORRECT),
    }

    def get_queryset(self) -> DrawingQuerySet:
        mine = Drawing.all_objects.deleted().owned_by(signed_in(self.request))
        return mine.for_list() if self.action in ("list", "retrieve") else mine

    def perform_destroy(self, instance: Drawing) -> None:
        """Deletes it permanently. Raises ConfirmationNeeded."""
        confirmation.require_for_session(self.request)
        deleting.erase(self._only(instance))

    def _only(self, drawing: Drawing) -> DrawingQuerySet:
        return self.get_queryset().filter(pk=drawing.pk)

    @takes(schema.WORDS, responses={200: DrawingSerializer})
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str | None = None) -> Response:
        """Brings it back."""
        drawing = self.get_object()
        if not deleting.restore(self._only(drawing)):
            raise Http404  # deleted permanently meanwhile
        drawing.refresh_from_db()
        return Response(DrawingSerializer(drawing, context=self.get_serializer_context()).data)

    @takes(
        *schema.EVERYTHING,
        operation_id="drawings_deleted_restore_all",
        responses={200: RestoredSerializer},
        errors=schema.DIFFERS,
    )
    @action(detail=False, methods=["post"], url_path="restore")
    def restore_all(self, request: Request) -> Response:
        """Brings all of them back, if they are as many as `count` says."""
        count = filter_of(request, Everything).cleaned_data["count"]
        return Response({"restored": deleting.restore(self.get_queryset(), seen=count)})

    @takes(
        *schema.EVERYTHING,
        operation_id="drawings_deleted_erase_all",
        responses={200: DeletedSerializer},
        errors=schema.DIFFERS,
    )
    @action(detail=False, methods=["post"], url_path="erase")
    def erase_all(self, request: Request) -> Response:
        """Deletes all of them permanently, if they are as many as `count` says."""
        confirmation.require_for_session(request)
        count = filter_of(request, Everything).cleaned_data["count"]
        return Response({"deleted": deleting.erase(self.get_queryset(), seen=count)})
