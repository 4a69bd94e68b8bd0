"""Admin classes for tables that are read-only in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from recognizer.admin.lists import CountedUpTo, WindowedList


class AppendOnly(admin.ModelAdmin):
    """Read-only: only the site adds rows, and nobody changes them."""

    show_full_result_count = False
    list_per_page = 50
    paginator = CountedUpTo

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Windowed(AppendOnly):
    """A list of a table that only grows: it searches one window of it at a time, from the newest
    down."""

    # Query parameters whose columns have an index, so that rows are found anywhere.
    indexed_parameters: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WindowedList
