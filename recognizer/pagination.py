"""Cursor pagination: the page of the millionth drawing is as fast as the first."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

FIRST, LAST = (moment.replace(tzinfo=dt.UTC) for moment in (dt.datetime.min, dt.datetime.max))


@dataclass(frozen=True)
class TimeRange:
    """A range of time; an end that is None is open."""

    start: dt.datetime = FIRST
    end: dt.datetime = LAST


EVER = TimeRange()


class NewestFirst(CursorPagination):
    """Newest first. A page is found by index, without counting rows."""

    ordering = "-created_at"
    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_page_size(self, request: Request) -> int:
        """Raises ValidationError for anything but a number from 1 to max_page_size."""
        asked = request.query_params.get("page_size", str(self.page_size))
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 4):
            asked = "0"
        if not 1 <= int(asked) <= self.max_page_size:
            raise ValidationError(
                {"page_size": f"It must be a whole number, 1 to {self.max_page_size}."}
            )
        return int(asked)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """DRF's parameters, with their bounds."""
        described = super().get_schema_operation_parameters(view)
        shapes = {
            self.cursor_query_param: {"type": "string", "pattern": r"\S"},
            self.page_size_query_param: {
                "type": "integer",
                "minimum": 1,
                "maximum": self.max_page_size,
            },
        }
        return [one | {"schema": shapes[one["name"]]} for one in described]

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Raises NotFound for an invalid cursor; DRF would query whatever it contains."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None:
            _moment(str(cursor.position))
        return cursor

    def span(self, request: Request) -> TimeRange:
        """The time range of the page's drawings, from the cursor. Raises NotFound."""
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
