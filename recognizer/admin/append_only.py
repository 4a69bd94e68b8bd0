"""Admin classes for tables that are read-only in the admin."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from recognizer.admin.lists import CountedUpTo, WindowedList


class AppendOnly(admin.ModelAdmin):
    """Read-only: the site adds rows, nobody changes them."""

    show_full_result_count = False
    list_per_page = 50
    paginator = CountedUpTo

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Windowed(AppendOnly):
    """A table that only grows: its list looks through a window of it, from the newest down."""

    # Of a request: what they find has an index, wherever it is.
    indexed_parameters: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WindowedList
