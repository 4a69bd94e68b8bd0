"""API endpoints for one's own exemplars."""

from rest_framework import mixins, viewsets

from recognizer.answers import exemplars
from recognizer.api.requests.schema import StrictView
from recognizer.api.serializers import KnownShapeSerializer
from recognizer.models import Exemplar, ExemplarQuerySet, Scope, signed_in


class ExemplarViewSet(
    StrictView, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """One's own exemplars, by the ids of their drawings, the newest first: what one draws is read
    by them. There are none of other people's."""

    queryset = Exemplar.objects.none()
    serializer_class = KnownShapeSerializer
    pagination_class = None
    token_scopes = {"list": Scope.READ, "destroy": Scope.CORRECT}
    lookup_field = "drawing_id"
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> ExemplarQuerySet:
        return exemplars.shapes_of(signed_in(self.request))

    def perform_destroy(self, instance: Exemplar) -> None:
        """Has one's drawings no longer read by this one. It stays, and what it is said to be."""
        exemplars.remove(instance.drawing)
