"""Pages by cursor: the millionth drawing is as near as the first."""

import datetime as dt
from dataclasses import dataclass

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

FIRST, LAST = (moment.replace(tzinfo=dt.UTC) for moment in (dt.datetime.min, dt.datetime.max))


@dataclass(frozen=True)
class TimeRange:
    """Between which moments something lies."""

    start: dt.datetime = FIRST
    end: dt.datetime = LAST


EVER = TimeRange()


class NewestFirst(CursorPagination):
    """Newest first; a page is found by index, never by counting."""

    ordering = "-created_at"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Raises NotFound for what is no cursor; DRF asks the database for whatever it names."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            _moment(str(cursor.position))
        return cursor

    def span(self, request: Request) -> TimeRange:
        """Where the cursor says that the page's drawings lie. Raises NotFound."""
        cursor = self.decode_cursor(request)
        if cursor is None or cursor.position is None:
            return EVER
        moment = _moment(str(cursor.position))
        return TimeRange(start=moment) if cursor.reverse else TimeRange(end=moment)


def _moment(position: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(position)
        if moment.tzinfo is not None:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise NotFound("Invalid cursor") from error
    raise NotFound("Invalid cursor")
