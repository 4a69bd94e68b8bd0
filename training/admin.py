"""The Django admin of what learns."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest

from recognizer.admin import AppendOnly, ModelVersionAdmin
from recognizer.models import ModelVersion, signed_in
from training import versions
from training.models import Promotion, TrainingRun


class ReasonForm(ActionForm):
    """Beside the action: why, where it goes against the gate's word."""

    reason = forms.CharField(required=False, max_length=500)


admin.site.unregister(ModelVersion)


@admin.register(ModelVersion)
class PromotableVersionAdmin(ModelVersionAdmin):
    """The recognizer's, and the way to make a version champion, on record."""

    action_form = ReasonForm
    actions = ["make_champion"]

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return versions.may_promote(signed_in(request))

    @admin.action(description="Make this the version that answers", permissions=["promote"])
    def make_champion(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        if chosen.count() != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return
        version = chosen.get()
        try:
            versions.promote_by_hand(version, signed_in(request), request.POST.get("reason", ""))
        except versions.NotPromoted as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"Version {version.pk} answers now.", messages.SUCCESS)


class NeverDeleted(AppendOnly):
    """A record: to read, for ever."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TrainingRun)
class TrainingRunAdmin(NeverDeleted):
    list_display = ["id", "state", "trigger", "asked_by", "created_at", "ended_at", "reason"]
    list_filter = ["state", "trigger"]
    list_select_related = ["asked_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        # They are long; the page of one run reads them when it shows them.
        return super().get_queryset(request).defer("evidence", "curve", "decision")


@admin.register(Promotion)
class PromotionAdmin(NeverDeleted):
    list_display = ["version", "previous", "by", "run", "reason", "created_at"]
    list_select_related = ["version", "previous", "by", "run"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        found = super().get_queryset(request)
        return found.defer(
            "run__evidence",
            "run__curve",
            "run__decision",
            "version__manifest",
            "previous__manifest",
        )
