"""The Django admin of training: runs, promotions, versions, and the review of drawings."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator
from django_celery_beat import admin as beat  # its models, with the admin that it registers

from recognizer.accounts import roles
from recognizer.admin.append_only import AppendOnly
from recognizer.admin.confirmed import Confirmed
from recognizer.admin.drawings import DrawingAdmin, ModelVersionAdmin
from recognizer.admin.lists import CountedUpTo
from recognizer.models import Drawing, DrawingQuerySet, ModelVersion, signed_in
from recognizer.wording import digit_word
from training.models import Promotion, TrainingRun
from training.review import queue, service
from training.review.queue import SET_ASIDE, Filters
from training.review.wording import not_done
from training.versions import promotion

LABELS: dict[str, int | None] = {**{str(digit): digit for digit in range(10)}, "none": None}
SHORT_REASON = 140
# What a reviewer should see, the most useful drawings first.
FIRST = "first"


class LabelForm(ActionForm):
    """The field beside the list of actions: the label for the chosen drawings."""

    label = forms.ChoiceField(
        required=False,
        label="Label:",
        choices=[("", "———"), *((name, digit_word(digit)) for name, digit in LABELS.items())],
    )


class ToReview(admin.SimpleListFilter):
    """What the review queue would show this reviewer, with the drawings they have claimed."""

    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(FIRST, "To review, the most useful first"), (SET_ASIDE, "Set aside by a run")]

    def queryset(self, request: HttpRequest, queryset: Any) -> DrawingQuerySet:
        drawings: DrawingQuerySet = queryset
        reviewer = signed_in(request)
        if self.value() == FIRST:
            return queue.among(drawings, reviewer, own_claims=True)
        if self.value() == SET_ASIDE:
            aside = queue.waiting_for(reviewer, Filters(state=SET_ASIDE), own_claims=True)
            # The ids, not the query: PostgreSQL would look for them among all drawings.
            return drawings.filter(pk__in=list(aside[: queue.MOST_COUNTED]))
        return drawings


class QueuePaginator(CountedUpTo):
    most = queue.MOST_COUNTED


admin.site.unregister(Drawing)


@admin.register(Drawing)
class ReviewedDrawingAdmin(DrawingAdmin):
    """The recognizer's drawing admin, with labelling by the review queue's rules."""

    list_filter = [ToReview, *DrawingAdmin.list_filter]
    indexed_parameters = (*DrawingAdmin.indexed_parameters, ToReview.parameter_name)
    action_form = LabelForm
    actions = ["relabel", "confirm"]

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """The review queue's order where the queue is listed, so that its index is used."""
        to_review = request.GET.get(ToReview.parameter_name) == FIRST
        return ("doubt", "-id") if to_review else ("-id",)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """The queue has its order."""
        return () if self._is_queue(request) else super().get_sortable_by(request)

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> CountedUpTo:
        paginator = QueuePaginator if self._is_queue(request) else self.paginator
        return paginator(*args, **kwargs)

    def _is_queue(self, request: HttpRequest) -> bool:
        return ToReview.parameter_name in request.GET

    def has_review_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).has_perm(roles.REVIEW)

    @admin.action(description="Label as chosen beside", permissions=["review"])
    def relabel(self, request: HttpRequest, drawings: QuerySet[Drawing]) -> None:
        """Adds a reviewer's label to each that the review queue lets this reviewer label."""
        label = request.POST.get("label", "")
        if label not in LABELS:
            self.message_user(request, "Choose the label beside the action.", messages.ERROR)
        else:
            self._say(request, drawings, LABELS[label])

    @admin.action(description="Confirm the answer", permissions=["review"])
    def confirm(self, request: HttpRequest, drawings: QuerySet[Drawing]) -> None:
        """Confirms each answer that names a digit or says that there is none."""
        self._say(request, drawings, service.CONFIRM)

    def _say(
        self, request: HttpRequest, drawings: QuerySet[Drawing], what: int | str | None
    ) -> None:
        numbers = _chosen(request, drawings)
        if len(numbers) > service.MOST_AT_ONCE:
            words = f"At most {service.MOST_AT_ONCE} at once: nothing was labelled."
            self.message_user(request, words, messages.ERROR)
            return
        done = service.many(signed_in(request), numbers, what)
        self.message_user(request, f"{done.count} labelled.", messages.SUCCESS)
        for sentence in not_done(done):
            self.message_user(request, sentence, messages.WARNING)


def _chosen(request: HttpRequest, drawings: QuerySet[Drawing]) -> list[int]:
    """The ids of the ticked drawings, also of those that the filter no longer lets through:
    somebody may have claimed them, which must be reported."""
    if request.POST.get("select_across") == "1":
        return list(drawings.values_list("pk", flat=True)[: service.MOST_AT_ONCE + 1])
    return [int(number) for number in request.POST.getlist(ACTION_CHECKBOX_NAME)]


class PromotionReasonForm(ActionForm):
    """The field beside the action: the reason, where the gate rejected the version."""

    reason = forms.CharField(required=False, max_length=500)


admin.site.unregister(ModelVersion)


@admin.register(ModelVersion)
class PromotableVersionAdmin(ModelVersionAdmin):
    """The recognizer's version admin, with an action that promotes a version and records it."""

    action_form = PromotionReasonForm
    actions = ["make_champion"]

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return promotion.may_promote(signed_in(request))

    @admin.action(description="Make this the version that answers", permissions=["promote"])
    def make_champion(self, request: HttpRequest, chosen: QuerySet[ModelVersion]) -> None:
        if chosen.count() != 1:
            self.message_user(request, "Choose one version.", messages.ERROR)
            return
        version = chosen.get()
        try:
            promotion.promote_by_hand(version, signed_in(request), request.POST.get("reason", ""))
        except promotion.NotPromoted as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, f"Version {version.pk} is now in use.", messages.SUCCESS)


class NeverDeleted(AppendOnly):
    """A read-only record that is never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(TrainingRun)
class TrainingRunAdmin(NeverDeleted):
    list_display = ["id", "state", "why", "asked", "made", "page"]
    list_filter = ["state", "trigger"]
    list_select_related = ["asked_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TrainingRun]:
        # They are long; only the page of one run shows them.
        return super().get_queryset(request).defer("evidence", "curve", "decision")

    @admin.display(description="Reason")
    def why(self, run: TrainingRun) -> str:
        return Truncator(run.reason or run.phase).chars(SHORT_REASON)

    @admin.display(description="Asked by", ordering="trigger")
    def asked(self, run: TrainingRun) -> str:
        by = f" ({run.asked_by.username})" if run.asked_by else ""
        return f"{run.get_trigger_display()}{by}"

    @admin.display(description="Made", ordering="created_at")
    def made(self, run: TrainingRun) -> dt.datetime:
        return run.created_at

    @admin.display(description="Page")
    def page(self, run: TrainingRun) -> str:
        return format_html('<a href="{}">Run&nbsp;{}</a>', self.view_on_site(run), run.pk)

    def view_on_site(self, run: TrainingRun) -> str:
        """The link to the run's own page, which shows everything."""
        return reverse("training:run", args=[run.pk])


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


for schedule in (
    beat.PeriodicTask,
    beat.IntervalSchedule,
    beat.CrontabSchedule,
    beat.SolarSchedule,
    beat.ClockedSchedule,
):
    theirs = type(admin.site.get_model_admin(schedule))
    admin.site.unregister(schedule)
    admin.site.register(schedule, type(f"Confirmed{theirs.__name__}", (Confirmed, theirs), {}))
