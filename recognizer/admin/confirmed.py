"""Reauthentication in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern

from recognizer.accounts import confirmation

LOOKS = ("_changelist", "_history")


class Confirmed(admin.ModelAdmin):
    """Asks for the password before any change: nobody who gets hold of an admin's session can make
    others admins."""

    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        for url in urls:
            only_looks = (url.name or "").endswith(LOOKS)
            url.callback = confirmation.in_admin(url.callback, allow_get=only_looks)
        return urls


class BySuperusers(Confirmed):
    """Changed by superusers alone, whatever permission others have: whoever may edit an account, a
    group, an address or a second factor could make themselves superusers or become one."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_superuser(request) and super().has_delete_permission(request, obj)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
