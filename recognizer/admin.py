"""The Django admin: staff see all."""

import base64
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from recognizer import services
from recognizer.images import BadImage
from recognizer.models import (
    ApiToken,
    Drawing,
    Label,
    ModelVersion,
    Prediction,
    Upload,
    User,
    signed_in,
)
from recognizer.pixels import thumbnail_of
from recognizer.templatetags.drawings import digit_word, percent

MOST_RELABELLED = 500
RELABELS: dict[str, int | None] = {**{str(digit): digit for digit in range(10)}, "none": None}

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
    fields = ["model_version", "digit", "sure", "a_digit", "created_at"]
    readonly_fields = ["model_version", "digit", "sure", "a_digit", "created_at"]

    @admin.display(description="Confidence")
    def sure(self, prediction: Prediction) -> str:
        return percent(prediction.confidence)

    @admin.display(description="Is a digit")
    def a_digit(self, prediction: Prediction) -> str:
        return percent(prediction.is_digit)


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


def _picture(drawing: Drawing, *, width: int) -> str:
    try:
        content, kind = thumbnail_of(drawing)
    except (BadImage, Upload.DoesNotExist):
        return "cannot be shown"
    data = base64.b64encode(content).decode()
    return format_html('<img width="{}" alt="" src="data:{};base64,{}">', width, kind, data)


class RelabelForm(ActionForm):
    """Beside the list of actions: what the chosen drawings are."""

    label = forms.ChoiceField(
        required=False,
        label="Label:",
        choices=[("", "———"), *((name, digit_word(digit)) for name, digit in RELABELS.items())],
    )


class ToReview(admin.SimpleListFilter):
    """What a reviewer should see; DrawingAdmin puts what teaches most first then."""

    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("first", "To review, what teaches most first")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Drawing]) -> QuerySet[Drawing]:
        return queryset.filter(doubt__isnull=False) if self.value() == "first" else queryset


class Confidence(admin.SimpleListFilter):
    """How sure the answer is."""

    title = "confidence"
    parameter_name = "confidence"
    steps = {
        "under 50 %": (0.0, 0.5),
        "50 to 80 %": (0.5, 0.8),
        "80 to 95 %": (0.8, 0.95),
        "95 % and more": (0.95, 1.1),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(words, words) for words in self.steps]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Drawing]) -> QuerySet[Drawing]:
        least, below = self.steps.get(self.value() or "", (None, None))
        if least is None:
            return queryset
        return queryset.filter(answer__confidence__gte=least, answer__confidence__lt=below)


@admin.register(Drawing)
class DrawingAdmin(AppendOnly):
    list_display = [
        "id",
        "small",
        "owner",
        "created_at",
        "digit",
        "truth",
        "outcome",
        "doubt",
        "uploaded",
    ]
    list_per_page = 50
    list_filter = [
        ToReview,
        "answer__model_version",
        Confidence,
        "doubt",
        "outcome",
        "digit",
        "reviewed",
        "uploaded",
        "created_at",
    ]
    list_select_related = ["owner"]
    search_fields = ["owner__username"]
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
    action_form = RelabelForm
    actions = ["relabel", "confirm"]
    inlines = [PredictionInline, LabelInline]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The review queue's order where that is what is listed, so that its index serves."""
        to_review = request.GET.get(ToReview.parameter_name) == "first"
        return ("doubt", "-id") if to_review else ("-id",)

    @admin.display(description="Drawing")
    def picture(self, drawing: Drawing) -> str:
        """The ink, or the upload, inside the page: its own address is its owner's alone."""
        return _picture(drawing, width=160)

    @admin.display(description="Drawing")
    def small(self, drawing: Drawing) -> str:
        """The same in the list: whoever labels many at once must see them."""
        return _picture(drawing, width=48)

    def has_review_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.action(description="Label as chosen beside", permissions=["review"])
    def relabel(self, request: HttpRequest, drawings: QuerySet[Drawing]) -> None:
        """Adds a reviewer's label to each; their own get their owner's."""
        label = request.POST.get("label", "")
        if label not in RELABELS:
            self.message_user(request, "Choose the label beside the action.", messages.ERROR)
        elif self._are_few(request, drawings):
            self._say(request, [(drawing, RELABELS[label]) for drawing in drawings])

    @admin.action(description="Confirm the answer", permissions=["review"])
    def confirm(self, request: HttpRequest, drawings: QuerySet[Drawing]) -> None:
        """Says that each was read right, where its answer claims something."""
        if not self._are_few(request, drawings):
            return
        count, answered = drawings.count(), drawings.filter(answer__isnull=False)
        said = [
            (drawing, drawing.digit)
            for drawing in answered.select_related("answer")
            if drawing.answer and drawing.answer.claims
        ]
        self._say(request, said)
        if left := count - len(said):
            self.message_user(request, f"{left} claimed nothing to confirm.", messages.WARNING)

    def _are_few(self, request: HttpRequest, drawings: QuerySet[Drawing]) -> bool:
        if drawings.count() <= MOST_RELABELLED:
            return True
        words = f"At most {MOST_RELABELLED} at once: nothing was labelled."
        self.message_user(request, words, messages.ERROR)
        return False

    def _say(self, request: HttpRequest, said: list[tuple[Drawing, int | None]]) -> None:
        for drawing, digit in said:
            services.label(drawing=drawing, author=signed_in(request), digit=digit)
        self.message_user(request, f"{len(said)} labelled.", messages.SUCCESS)


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
