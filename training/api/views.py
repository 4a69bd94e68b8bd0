"""The API of training runs, for staff's programs and for the pages that show runs live."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.requests.permissions import TokenScope
from recognizer.api.requests.schema import StrictView, takes
from recognizer.models import Scope, signed_in
from training.api.permissions import MayTrain
from training.api.serializers import RunDetailSerializer, RunSerializer
from training.models import TrainingRun
from training.runs import lifecycle


class RunIsOver(APIException):
    """The run has ended and cannot be cancelled."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "over"


class RunViewSet(
    StrictView, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Training runs. For staff."""

    permission_classes = [MayTrain, TokenScope]
    token_scopes = dict.fromkeys(["list", "retrieve", "create", "cancel"], Scope.TRAIN)
    queryset = TrainingRun.objects.select_related("asked_by")
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[TrainingRun]:
        found = super().get_queryset()
        return found.defer("curve", "evidence", "decision") if self.action == "list" else found

    def get_serializer_class(self) -> type[RunSerializer]:
        return RunSerializer if self.action == "list" else RunDetailSerializer

    @takes(responses={201: RunDetailSerializer})
    def create(self, request: Request) -> Response:
        """Asks for a run. While another is active it is made as skipped, and says why."""
        by_token = request.auth is not None
        trigger = TrainingRun.Trigger.API if by_token else TrainingRun.Trigger.STAFF
        run = lifecycle.trigger(trigger=trigger, asked_by=signed_in(request))
        return self._response(run, status=status.HTTP_201_CREATED)

    @takes(responses={200: RunDetailSerializer}, errors={409: "The run is over."})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str | None = None) -> Response:
        """Ends a run: a queued one at once, another within two seconds. 409 if it is over."""
        run = self.get_object()
        if not lifecycle.cancel(run):
            run.refresh_from_db()
            raise RunIsOver(f"Run {run.pk} is over: {run.state}.")
        return self._response(run)

    def _response(self, run: TrainingRun, **options: Any) -> Response:
        return Response(self.get_serializer(TrainingRun.objects.get(pk=run.pk)).data, **options)
