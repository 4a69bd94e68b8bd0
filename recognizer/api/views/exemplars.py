"""API endpoints for one's own exemplars."""

from rest_framework import mixins, viewsets

from recognizer.answers import exemplars
from recognizer.api.requests.schema import StrictView
from recognizer.api.serializers.drawings import KnownShapeSerializer
from recognizer.models import Exemplar, ExemplarQuerySet, Scope, signed_in


class ExemplarViewSet(
    StrictView, mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet
):
    """Your own exemplars, by the ids of their drawings, the newest first: what you draw is read
    by them. There are none of other people’s."""

    queryset = Exemplar.objects.none()
    serializer_class = KnownShapeSerializer
    pagination_class = None
    token_scopes = {"list": Scope.READ, "destroy": Scope.CORRECT}
    lookup_field = "drawing_id"
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> ExemplarQuerySet:
        return exemplars.shapes_of(signed_in(self.request))

    def perform_destroy(self, instance: Exemplar) -> None:
        """Stops reading your drawings by this one. The drawing and its label stay."""
        exemplars.remove(instance.drawing)
