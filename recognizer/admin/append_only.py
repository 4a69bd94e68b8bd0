"""Admin classes for tables that are read-only in the admin."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
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

    def response_action(self, request: HttpRequest, queryset: QuerySet, *rest: Any) -> Any:
        """Does nothing with keys that no row can have: looking for them raises errors."""
        if all(map(self._is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return super().response_action(request, queryset, *rest)
        self.message_user(request, "Choose rows of the list.", messages.ERROR)
        return None

    def _is_key(self, text: str) -> bool:
        try:
            key = self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return not isinstance(key, int) or 0 < key < 2**63


class Windowed(AppendOnly):
    """A list of a table that only grows: it searches one window of it at a time, from the newest
    down."""

    # Query parameters whose columns have an index, so that rows are found anywhere.
    indexed_parameters: tuple[str, ...] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WindowedList
