"""The admin's lists: as fast with a million rows as with few, and no error page for any filter."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

# How many ids a list searches, from the newest down, where its filters have no index; and up to how
# many rows it counts.
WINDOW = 5_000
BELOW = "id__lt"
# The most words of a search: each is looked for in several columns, and SQLite takes no condition
# of a thousand parts.
MOST_WORDS = 100


class ReadableList(ChangeList):
    """Treats values that no row can have, such as the year 99999999999, as invalid filters, and
    what the list does not offer.

    Django lets an address filter by any column of the table, and by any lookup. A regular
    expression can hold a process for hours, if somebody chooses a username for it and lures an
    admin to the address; and second factors could be filtered by their secrets."""

    # Parameters beside those of the list's filters.
    offered: tuple[str, ...] = ()

    def get_filters(self, request: HttpRequest) -> Any:
        found = super().get_filters(request)
        left = found[2]  # what no filter of the list takes
        if left.keys() - self.offered:
            raise IncorrectLookupParameters(f"This list cannot be filtered by {', '.join(left)}.")
        return found

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        if len(self.query.split()) > MOST_WORDS:
            raise IncorrectLookupParameters(f"A search has at most {MOST_WORDS} words.")
        return super().get_queryset(request, exclude_parameters)

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (ValueError, OverflowError, DataError) as error:
            raise IncorrectLookupParameters(error) from error


class WindowedList(ReadableList):
    """Shows what the filters find among the newest WINDOW ids, or among the next ones below
    `?id__lt=`. Not restricted where one of the admin's `indexed_parameters` is given."""

    model_admin: Any
    offered = (BELOW,)
    floor = 0

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        found = super().get_queryset(request, exclude_parameters)
        if any(request.GET.get(name) for name in self.model_admin.indexed_parameters):
            return found
        self.floor = max(self._top(request) - WINDOW, 0)
        return found.filter(pk__gte=self.floor)

    def _top(self, request: HttpRequest) -> int:
        asked = request.GET.get(BELOW)
        if asked:
            return int(asked)  # Django has refused other values
        last = self.root_queryset.order_by().aggregate(last=Max("pk"))["last"]
        return (last or 0) + 1

    @property
    def older(self) -> str | None:
        """The query of the next window; None if there is none."""
        return self.get_query_string({BELOW: self.floor}, ["p"]) if self.floor > 1 else None

    @property
    def newest(self) -> str | None:
        """The query of the first window; None on that page."""
        return self.get_query_string(remove=["p", BELOW]) if BELOW in self.params else None


class CountedUpTo(Paginator):
    """Counts up to `most` rows; further rows are not listed."""

    object_list: QuerySet[Any]
    most = WINDOW

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: self.most].count()

    @property
    def is_cut(self) -> bool:
        return self.count == self.most


class Choice(SimpleListFilter):
    """A filter by known values: Django's own searches the whole table for them."""

    values: list[tuple[str, str]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return self.values

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = self.value() in [value for value, _ in self.values]
        return self.chosen(queryset, str(self.value())) if known else queryset

    def chosen(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows that have the value."""
        assert self.parameter_name is not None
        return queryset.filter(**{self.parameter_name: value})
