"""The API's bulk actions on one's own drawings: label, withdraw the label, delete, restore."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.requests import schema
from recognizer.api.requests.parsers import BoundedJSONParser
from recognizer.api.requests.schema import StrictView, takes
from recognizer.api.serializers.drawings import DrawingSerializer
from recognizer.api.serializers.selection import (
    EITHER,
    ChangedSerializer,
    SelectionLabelSerializer,
    SelectionSerializer,
)
from recognizer.limits.throttles import WindowThrottle
from recognizer.models import Drawing, DrawingQuerySet, Scope, User, signed_in
from recognizer.services import deleting, labelling


class SelectedView(StrictView):
    """Several of your own drawings at once, at most a hundred: all are changed, or none is.

    Labelling counts against the rate once a drawing.
    """

    token_scopes = {"post": Scope.CORRECT}
    parser_classes = [BoundedJSONParser]

    @takes(
        schema.WORDS,
        body=EITHER,
        responses=ChangedSerializer,
        errors={404: "One of them is not there, or is somebody else’s. Nothing was changed."},
    )
    def post(self, request: Request) -> Response:
        labels = isinstance(request.data, dict) and request.data.get("act") == "label"
        asked = (SelectionLabelSerializer if labels else SelectionSerializer)(data=request.data)
        asked.is_valid(raise_exception=True)
        act, owner = asked.validated_data["act"], signed_in(request)
        drawings = _own(owner, asked.validated_data["drawings"], deleted=act == "restore")
        if act == "delete":
            return Response({"changed": deleting.delete(drawings), "drawings": []})
        ids = [one.pk for one in drawings.only("pk")]
        if act == "restore":
            changed = deleting.restore(drawings)
        else:
            WindowThrottle().admit(request, self, len(ids) - 1)  # the first is counted already
            changed = _change_labels(ids, owner, asked.validated_data)
        found = Drawing.objects.owned_by(owner).filter(pk__in=ids).for_list()
        shown = DrawingSerializer(found, many=True, context={"request": request, "view": self})
        return Response({"changed": changed, "drawings": shown.data})


def _own(owner: User, ids: list[int], *, deleted: bool) -> DrawingQuerySet:
    """Raises NotFound if one of them does not exist."""
    every = Drawing.all_objects.deleted() if deleted else Drawing.objects.all()
    found = every.owned_by(owner).filter(pk__in=ids)
    missing = set(ids) - set(found.values_list("pk", flat=True))
    if missing:
        raise NotFound(f"Drawing {min(missing)} is not there. Nothing was changed.")
    return found


def _change_labels(ids: list[int], owner: User, asked: dict[str, Any]) -> int:
    """Changes the labels, and returns of how many drawings: of all, except those without a label to
    withdraw. Raises NotFound if one was deleted meanwhile."""
    try:
        if asked["act"] == "withdraw":
            return labelling.withdraw_labels(ids)
        labelling.label_each(ids, author=owner, digit=asked["digit"])
    except Drawing.DoesNotExist as error:
        raise NotFound(f"{error} Nothing was changed.") from error
    return len(ids)
