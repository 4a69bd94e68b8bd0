"""API endpoints for imports of labelled drawings: upload, check, start, follow."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.requests.parsers import BoundedJSONParser, BoundedMultiPartParser
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.imports import (
    ImportDetailSerializer,
    ImportFileSerializer,
    ImportSerializer,
)
from recognizer.imports import work
from recognizer.limits.throttles import WindowThrottle
from recognizer.models import ApiToken, Import, Scope, signed_in


class ImportViewSet(
    StrictView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet,
):
    """Your own imports. What is sent is checked first (`checking`, then `checked`), and
    stored (`storing`, then `done`) once it is started."""

    queryset = Import.objects.none()
    lookup_value_regex = r"\d{1,18}"
    # To store and to label takes both scopes: one to send, the other to start.
    token_scopes = {
        **dict.fromkeys(["list", "retrieve"], Scope.READ),
        "create": Scope.DRAW,
        **dict.fromkeys(["start", "destroy"], Scope.CORRECT),
    }

    def get_queryset(self) -> QuerySet[Import]:
        return Import.objects.filter(owner=signed_in(self.request))

    def get_serializer_class(self) -> type[ImportSerializer]:
        return ImportSerializer if self.action == "list" else ImportDetailSerializer

    def get_parsers(self) -> list[Any]:
        creates = getattr(self, "action_map", {}).get("post") == "create"
        self.parser_classes = [BoundedMultiPartParser] if creates else [BoundedJSONParser]
        return super().get_parsers()

    @takes(
        body={"multipart/form-data": ImportFileSerializer},
        responses={201: ImportDetailSerializer},
        errors={409: "Another file is being imported, or is waiting to be started."},
    )
    def create(self, request: Request) -> Response:
        """Takes a file in to be checked, in place of one that was not started: a token may replace
        that only with the scope `correct`, too."""
        WindowThrottle().admit_import(request)
        sent = ImportFileSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        file = sent.validated_data["file"]
        made = work.receive(
            signed_in(request), file.name, file.read(), discards=self._may_discard(request)
        )
        data = self.get_serializer(made).data
        location = {"Location": str(data["url"])}
        return Response(data, status=status.HTTP_201_CREATED, headers=location)

    def _may_discard(self, request: Request) -> bool:
        token = request.auth
        return not isinstance(token, ApiToken) or self.token_scopes["destroy"] in token.scopes

    @takes(
        responses={200: ImportDetailSerializer},
        errors={409: "It is being checked, or was started already."},
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str | None = None) -> Response:
        """Stores what was checked."""
        one = self.get_object()
        work.start(one)
        one.refresh_from_db()
        return Response(self.get_serializer(one).data)

    def perform_destroy(self, instance: Import) -> None:
        """Discards it with its report. What was stored stays."""
        work.discard(instance)
