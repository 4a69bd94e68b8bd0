"""What is read in the admin, and added or changed nowhere there."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class AppendOnly(admin.ModelAdmin):
    """Read-only: the site adds rows, nobody changes them."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
