"""The Django admin: staff see all."""

import base64
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.html import format_html

from recognizer.models import ApiToken, Drawing, Label, ModelVersion, Prediction, User
from recognizer.pixels import thumbnail_of

admin.site.site_header = admin.site.site_title = "Numeral"


class AppendOnly(admin.ModelAdmin):
    """To read: the site adds rows, nobody changes them."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AppendOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PredictionInline(AppendOnlyInline):
    model = Prediction
    fk_name = "drawing"
    readonly_fields = ["model_version", "digit", "confidence", "is_digit", "created_at"]


class LabelInline(AppendOnlyInline):
    model = Label
    fk_name = "drawing"
    readonly_fields = ["digit", "author", "role", "created_at"]


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "email", "teaches", "is_staff", "date_joined"]
    list_filter = ["teaches", "is_staff", "is_active"]
    fieldsets = (*UserAdmin.fieldsets, ("Training", {"fields": ["teaches"]}))  # type: ignore[misc]


@admin.register(ApiToken)
class TokenAdmin(AppendOnly):
    list_display = ["name", "user", "created"]
    fields = ["name", "user", "created"]
    search_fields = ["name", "user__username"]


@admin.register(Drawing)
class DrawingAdmin(AppendOnly):
    list_display = ["id", "owner", "created_at", "digit", "truth", "outcome", "uploaded"]
    list_filter = ["outcome", "digit", "reviewed", "uploaded", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["owner__username"]
    ordering = ["-id"]
    fields = [
        "picture",
        "owner",
        "created_at",
        "width",
        "height",
        "uploaded",
        "outcome",
        "digit",
        "truth",
    ]
    readonly_fields = ["picture"]
    inlines = [PredictionInline, LabelInline]

    @admin.display(description="Drawing")
    def picture(self, drawing: Drawing) -> str:
        """The ink, or the upload, inside the page: its own address is its owner's alone."""
        content, kind = thumbnail_of(drawing)
        data = base64.b64encode(content).decode()
        return format_html('<img width="160" alt="" src="data:{};base64,{}">', kind, data)


@admin.register(ModelVersion)
class ModelVersionAdmin(AppendOnly):
    list_display = ["id", "alias", "origin", "architecture", "ink_version", "created_at"]
    fields = [
        "alias",
        "origin",
        "architecture",
        "ink_version",
        "onnx",
        "weights",
        "parent",
        "manifest",
        "created_at",
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
