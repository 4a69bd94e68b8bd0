"""Live answers on the fast path, which bypasses Django while somebody draws."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import orjson
from django.db import Error
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from digitsite.server import fast_path
from recognizer.answers import answering, serving
from recognizer.api.serializers.answers import answer_fields
from recognizer.ink import rasterize, strokes
from recognizer.limits.throttles import Caller, WindowThrottle
from recognizer.models import ApiToken

Read = Callable[[strokes.Strokes], answering.ChampionAnswer]
# Django answers instead, with an explanation of what is wrong.
LEFT_TO_DJANGO = (
    orjson.JSONDecodeError,
    strokes.BadStrokes,
    rasterize.NoInk,
    serving.NoModel,
    Error,
)


@dataclass(frozen=True)
class LiveAnswers:
    """Answers further strokes of an admitted caller."""

    read: Read
    extras: Collection[str]
    caller: Caller
    media_type: str

    def __call__(self, body: bytes) -> bytes | None:
        """The JSON reply to a JSON body; None if the body is not a plain drawing, or the rate limit
        is reached."""
        try:
            ink = _strokes(body)
            if ink is None or not WindowThrottle().lets_in(self.caller):
                return None
            fields = answer_fields(self.read(ink), extras=self.extras)
        except LEFT_TO_DJANGO:
            return None
        return JSONRenderer().render(fields, self.media_type)


def _strokes(body: bytes) -> strokes.Strokes | None:
    data = orjson.loads(body)
    if not isinstance(data, dict) or "strokes" not in data or "image" in data:
        return None
    # Every member has a colon. Of a member that is given twice, orjson takes the last.
    if body.count(b":") > len(data):
        return None
    return strokes.parse(data["strokes"], width=data.get("width"), height=data.get("height"))


def admit(request: Request, view: APIView, *, read: Read, extras: Collection[str]) -> None:
    """Answers the same caller's next strokes on the fast path for a few seconds."""
    more = LiveAnswers(
        read, extras, WindowThrottle().caller(request, view), request.accepted_media_type
    )
    ends = request.auth.expiry if isinstance(request.auth, ApiToken) else None
    fast_path.admit(request.META, fast_path.Admission(more, ends))
