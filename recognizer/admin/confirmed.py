"""Reauthentication in the admin."""

from django.contrib import admin
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
