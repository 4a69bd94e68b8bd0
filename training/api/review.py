"""The API of the review queue, used by its page and by staff's programs."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer.api.errors import Contradiction
from recognizer.api.parameters import filter_of, flag
from recognizer.api.requests.permissions import TokenScope
from recognizer.api.requests.schema import WORDS, StrictView, takes
from recognizer.api.serializers.base import WordsField
from recognizer.api.serializers.drawings import DrawingSerializer, LabelSerializer
from recognizer.api.serializers.strict_input import StrictInput
from recognizer.models import Drawing, Scope, signed_in
from recognizer.wording import reviewed_words
from training.api.permissions import MayReview
from training.forms import READ_AS, ReviewFilter
from training.review import claims, queue, service, spot_checks
from training.review.queue import Filters
from training.review.service import QueueItem
from training.review.wording import estimate_words

DEFAULT_COUNT = 10
TAKEN = {409: "Another reviewer looks at it now."}


class ClaimTakenError(exceptions.APIException):
    """Another reviewer has claimed the drawing."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "taken"


class ShownSerializer(DrawingSerializer):
    """A drawing in the queue. How its owner writes is told to nobody else. Of one that is `hidden`
    nothing is told of what was read and said until it is labelled: those fields are null."""

    outcome = serializers.CharField(allow_null=True)
    words = WordsField(reviewed_words)
    owner = serializers.CharField(source="owner.username")
    thumbnail = serializers.SerializerMethodField()
    why = serializers.CharField()
    at_random = serializers.BooleanField()
    hidden = serializers.BooleanField()

    class Meta(DrawingSerializer.Meta):
        fields = [
            *(name for name in DrawingSerializer.Meta.fields if name != "personal_answer"),
            *["owner", "thumbnail", "why", "at_random", "hidden"],
        ]

    def get_thumbnail(self, drawing: Drawing) -> str:
        return reverse("training:thumbnail", args=[drawing.pk])

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown: QueueItem = instance
        for name in ("why", "at_random", "hidden"):
            setattr(shown.drawing, name, getattr(shown, name))
        data = super().to_representation(shown.drawing)
        if shown.hidden:
            data |= dict.fromkeys(["outcome", "answer", "label", "owner_label"])
            data |= {"words": dict.fromkeys(data["words"], "")} if "words" in data else {}
        return data


class SaidSerializer(LabelSerializer):
    """The label that was given, and the drawing, of which nothing is hidden any more."""

    drawing = ShownSerializer(
        read_only=True, allow_null=True, help_text="null where it was deleted meanwhile."
    )

    class Meta(LabelSerializer.Meta):
        fields = [*LabelSerializer.Meta.fields, "drawing"]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = service.revealed(instance.drawing_id)
        drawing = shown and ShownSerializer(shown, context=self.context).data
        return {**LabelSerializer(instance).data, "drawing": drawing}


class EstimateSerializer(serializers.Serializer):
    """An estimate from the randomly chosen drawings alone."""

    hits = serializers.IntegerField()
    count = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    words = WordsField(estimate_words)


class QueueSerializer(serializers.Serializer):
    drawings = ShownSerializer(many=True)
    remaining = serializers.IntegerField(help_text=f"At most {queue.MOST_COUNTED} are counted.")
    estimate = EstimateSerializer()


class NumbersSerializer(StrictInput):
    drawings = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        max_length=service.MOST_AT_ONCE,
    )


class ManySerializer(NumbersSerializer):
    """A label for all of them, or `confirm`: each gets the label that its answer names."""

    digit = serializers.IntegerField(min_value=0, max_value=9, allow_null=True, required=False)
    confirm = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["confirm"] == ("digit" in attrs):
            raise Contradiction("Send either digit or confirm.")
        return attrs


class DoneSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    taken = serializers.ListField(child=serializers.IntegerField())
    unclaimed = serializers.ListField(child=serializers.IntegerField())
    gone = serializers.ListField(child=serializers.IntegerField())


# Something that can be seen, and no NUL.
A_NAME = r"^[^\x00]*[^\s\x00][^\x00]*$"
PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}
FILTERS = [
    OpenApiParameter(
        "n",
        {"type": "integer", "minimum": 1, "maximum": service.MOST_SHOWN},
        description=f"How many, at most {service.MOST_SHOWN}.",
    ),
    OpenApiParameter("state", str, enum=[name for name, _ in ReviewFilter.STATES if name]),
    OpenApiParameter("digit", str, description="The answer.", enum=list(READ_AS)),
    OpenApiParameter("least", PERCENT, description="The answer’s confidence in percent, from."),
    OpenApiParameter("most", PERCENT, description="The answer’s confidence in percent, to."),
    OpenApiParameter(
        "user", {"type": "string", "pattern": A_NAME}, description="Who drew it: a user’s name."
    ),
    OpenApiParameter(
        "version", {"type": "integer", "minimum": 1}, description="The version that answered."
    ),
    WORDS,
]
BLIND = OpenApiParameter(
    "blind", bool, description="Hide what was read and said: it comes with the label’s answer."
)


class StaffView(StrictView):
    permission_classes = [MayReview, TokenScope]
    token_scopes = dict.fromkeys(["get", "post"], Scope.REVIEW)


class NextView(StaffView):
    """What to review next."""

    @takes(*FILTERS, BLIND, responses=QueueSerializer)
    def get(self, request: Request) -> Response:
        """The next drawings; nobody else is shown them for two minutes."""
        reviewer, filters = signed_in(request), _filters(request)
        blind = flag(request, "blind")
        shown = service.next_for(reviewer, count=_count(request), filters=filters, blind=blind)
        queue_fields = {
            "drawings": shown,
            "remaining": queue.remaining(reviewer, filters),
            "estimate": spot_checks.estimate(),
        }
        return Response(QueueSerializer(queue_fields, context={"request": request}).data)


class LabelView(StaffView):
    @takes(WORDS, body=LabelSerializer, responses={201: SaidSerializer}, errors=TAKEN)
    def post(self, request: Request, pk: int) -> Response:
        """Says what a drawing is: 0 to 9, or null for "not a digit". The newest label counts.

        409 where another reviewer looks at it now.
        """
        serializer = LabelSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            drawing = service.label(signed_in(request), pk, serializer.validated_data["digit"])
        except service.ClaimTaken as error:
            raise ClaimTakenError(str(error)) from error
        except Drawing.DoesNotExist as error:
            raise exceptions.NotFound(f"Drawing {pk} is not there to review.") from error
        newest = drawing.labels.filter(author=signed_in(request)).first()
        said = SaidSerializer(newest, context={"request": request})
        return Response(said.data, status=status.HTTP_201_CREATED)


class SkipView(StaffView):
    @takes(responses={204: None}, errors=TAKEN)
    def post(self, request: Request, pk: int) -> Response:
        """Skips a drawing: this reviewer is not shown it again for a day."""
        try:
            service.skip(signed_in(request), pk)
        except service.ClaimTaken as error:
            raise ClaimTakenError(str(error)) from error
        except Drawing.DoesNotExist as error:
            raise exceptions.NotFound(f"Drawing {pk} is not there to review.") from error
        return Response(status=status.HTTP_204_NO_CONTENT)


class ClaimsView(StaffView):
    @takes(body=NumbersSerializer, responses=NumbersSerializer)
    def post(self, request: Request) -> Response:
        """Extends the claims on these by two minutes. Returns those still claimed."""
        claimed = claims.claim(signed_in(request), _numbers(request))
        return Response({"drawings": sorted(claimed)})


class ReleaseView(StaffView):
    @takes(body=NumbersSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Releases the claims on these at once."""
        claims.release(signed_in(request), _numbers(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ManyView(StaffView):
    @takes(body=ManySerializer, responses=DoneSerializer)
    def post(self, request: Request) -> Response:
        """Labels many at once. Those that cannot be are named: another’s just now, answers that
        claim nothing to confirm, and what is gone."""
        asked = ManySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        what = service.CONFIRM if data["confirm"] else data["digit"]
        return Response(
            DoneSerializer(service.many(signed_in(request), data["drawings"], what)).data
        )


def _count(request: Request) -> int:
    text = request.query_params.get("n", str(DEFAULT_COUNT))
    if not (text.isdecimal() and len(text) < 4 and 1 <= int(text) <= service.MOST_SHOWN):
        raise exceptions.ValidationError(f"n must be a whole number, 1 to {service.MOST_SHOWN}.")
    return int(text)


def _filters(request: Request) -> Filters:
    return filter_of(request, ReviewFilter).filters()


def _numbers(request: Request) -> list[int]:
    asked = NumbersSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return list(asked.validated_data["drawings"])
