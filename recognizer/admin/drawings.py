"""The admin of drawings and model versions."""

import base64
import datetime as dt
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from recognizer.admin.append_only import AppendOnly, Windowed
from recognizer.admin.lists import Choice
from recognizer.answers.pixels import thumbnail_of
from recognizer.inference.percentages import percent_down
from recognizer.ink.image_files import BadImage
from recognizer.models import Drawing, Label, ModelVersion, Prediction, Upload, User
from recognizer.services import deleting
from recognizer.wording import digit_word, short_answer

NO_PICTURE = "cannot be shown"
NONE = "none"
# The search finds the drawings of these people.
MOST_PEOPLE = 100


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
        return percent_down(prediction.confidence)

    @admin.display(description="Is a digit")
    def a_digit(self, prediction: Prediction) -> str:
        return percent_down(prediction.is_digit)


class LabelInline(AppendOnlyInline):
    model = Label
    fk_name = "drawing"
    readonly_fields = ["digit", "withdrawn", "author", "role", "created_at"]


def _picture(drawing: Drawing, *, width: int) -> str:
    try:
        content, kind = thumbnail_of(drawing)
    except (BadImage, Upload.DoesNotExist):
        return NO_PICTURE
    data = base64.b64encode(content).decode()
    ink = "" if drawing.uploaded else "ink"
    image = '<img class="{}" width="{}" alt="" src="data:{};base64,{}">'
    return format_html(image, ink, width, kind, data)


class Confidence(admin.SimpleListFilter):
    """Filters by how confident the answer is."""

    title = "confidence"
    parameter_name = "confidence"
    steps = {
        "under 50%": (0.0, 0.5),
        "50 to 80%": (0.5, 0.8),
        "80 to 95%": (0.8, 0.95),
        "95% and more": (0.95, 1.1),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(words, words) for words in self.steps]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Drawing]) -> QuerySet[Drawing]:
        least, below = self.steps.get(self.value() or "", (None, None))
        if least is None:
            return queryset
        return queryset.filter(answer__confidence__gte=least, answer__confidence__lt=below)


class DoubtFilter(Choice):
    """Filters by the reason why a reviewer should see the drawing."""

    title = parameter_name = "doubt"
    values = [(str(doubt.value), doubt.label) for doubt in Drawing.Doubt]


class OutcomeFilter(Choice):
    title = parameter_name = "outcome"
    values = [(value, value) for value in ("waiting", "unlabelled", "right", "wrong")]


class DigitFilter(Choice):
    """Filters by the digit that was read."""

    title = parameter_name = "digit"
    values = [*((str(digit), str(digit)) for digit in range(10)), (NONE, NONE)]

    def chosen(self, queryset: QuerySet[Drawing], value: str) -> QuerySet[Drawing]:
        if value == NONE:
            return queryset.filter(digit=None, answer__isnull=False)
        return super().chosen(queryset, value)


@admin.register(Drawing)
class DrawingAdmin(Windowed):
    # No more columns than fit beside the filter on a small screen.
    list_display = ["id", "small", "owner", "drawn", "read_as", "said_to_be", "why"]
    indexed_parameters: tuple[str, ...] = (SEARCH_VAR,)
    list_filter = [
        "answer__model_version",
        Confidence,
        DoubtFilter,
        OutcomeFilter,
        DigitFilter,
        "reviewed",
        "uploaded",
        "created_at",
    ]
    list_select_related = ["owner", "answer"]
    # By the id, which has an index.
    ordering = ["-id"]
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
    inlines = [PredictionInline, LabelInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Drawing]:
        kept = Upload.objects.filter(drawing=OuterRef("pk"))
        return super().get_queryset(request).annotate(has_upload=Exists(kept))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Drawing], search_term: str
    ) -> tuple[QuerySet[Drawing], bool]:
        """Searches for the people who drew: their drawings have an index."""
        if not search_term:
            return queryset, False
        people = User.objects.filter(username__icontains=search_term)[:MOST_PEOPLE]
        return queryset.filter(owner__in=list(people)), False

    def delete_model(self, request: HttpRequest, obj: Drawing) -> None:
        deleting.erase(Drawing.all_objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Drawing]) -> None:
        deleting.erase(Drawing.all_objects.filter(pk__in=queryset.values("pk")))

    @admin.display(description="Drawing")
    def picture(self, drawing: Drawing) -> str:
        """The ink or the upload, embedded in the page: at its own address only its owner may see
        it."""
        return _picture(drawing, width=160)

    @admin.display(description="Drawing")
    def small(self, drawing: Drawing) -> str:
        """A thumbnail for the list, where whoever labels many drawings at once must see them.
        Uploads are linked, so that the list reads and decodes none."""
        if not drawing.uploaded:
            return _picture(drawing, width=48)
        if not drawing.has_upload:  # type: ignore[attr-defined]
            return NO_PICTURE
        address = reverse("admin:recognizer_drawing_thumbnail", args=[drawing.pk])
        ink = "" if drawing.uploaded else "ink"
        image = '<img class="{}" width="48" alt="" loading="lazy" src="{}">'
        return format_html(image, ink, address)

    def get_urls(self) -> list[Any]:
        shown = self.admin_site.admin_view(self.thumbnail)
        own = path("<int:pk>/thumbnail/", shown, name="recognizer_drawing_thumbnail")
        return [own, *super().get_urls()]

    def thumbnail(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A small picture of the drawing; 404 where it cannot be shown."""
        drawing = get_object_or_404(Drawing, pk=pk)
        if not self.has_view_permission(request, drawing):
            raise PermissionDenied
        try:
            content, kind = thumbnail_of(drawing)
        except (BadImage, Upload.DoesNotExist) as error:
            raise Http404 from error
        return HttpResponse(content, content_type=kind)

    @admin.display(description="Drawn", ordering="created_at")
    def drawn(self, drawing: Drawing) -> dt.datetime:
        return drawing.created_at

    @admin.display(description="Read as", ordering="digit")
    def read_as(self, drawing: Drawing) -> str:
        if drawing.answer is None:
            return short_answer(drawing.answer)
        # A non-breaking space keeps the figure in one line.
        sure = percent_down(drawing.answer.confidence).replace(" ", "\u00a0")
        return f"{short_answer(drawing.answer)}, {sure}"

    @admin.display(description="Said to be", ordering="truth")
    def said_to_be(self, drawing: Drawing) -> str:
        return digit_word(drawing.truth) if drawing.truth_given else ""

    @admin.display(description="Doubt", ordering="doubt")
    def why(self, drawing: Drawing) -> str:
        return "" if drawing.doubt is None else Drawing.Doubt(drawing.doubt).label


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
