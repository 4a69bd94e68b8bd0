"""The dashboard: whether answers get better in use, and whether more labelling pays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from recognizer.accounts import roles
from recognizer.forms import takes_parameters
from recognizer.models import ModelVersion
from training.charts import dashboard as charts
from training.forms import SpanForm
from training.monitoring import drift
from training.monitoring import metrics as figures
from training.views.access import only_with

# How long a figure is cached, for all viewers.
KEPT_SECONDS = 60
# Drift reads the most rows, and covers a week.
DRIFT_KEPT_SECONDS = 600
Made = TypeVar("Made")


@require_safe
@only_with(*roles.EVERY)
@takes_parameters(SpanForm)
def dashboard(request: HttpRequest) -> HttpResponse:
    """All figures, over the last `days` days."""
    form = SpanForm(request.GET)
    days = (form.is_valid() and form.cleaned_data["days"]) or 30
    span = f"{days}:{timezone.get_current_timezone_name()}"
    compared = kept("drift", drift.drift, seconds=DRIFT_KEPT_SECONDS)
    context = {
        "form": form,
        "days": days,
        "spans": SpanForm.DAYS,
        "labels": kept(f"labels:{span}", lambda: charts.labels(figures.labels_by_day(days))),
        "wrong": kept("wrong", lambda: charts.wrong(figures.errors_in_use(), _champion())),
        "confidence": kept(f"confidence:{span}", lambda: _confidence(days)),
        "drift": compared,
        "drifts": charts.drifts(compared),
        "learning": charts.learning(figures.learning_curve()),
        "across": charts.across(figures.across_runs()),
    }
    status = 200 if form.is_valid() else 400
    return render(request, "training/dashboard.html", context, status=status)


def _confidence(days: int) -> charts.Chart:
    return charts.confidence(figures.confidence_by_day(days), days)


def _champion() -> int | None:
    champion = ModelVersion.objects.champion()
    return champion.pk if champion else None


def kept(name: str, make: Callable[[], Made], *, seconds: int = KEPT_SECONDS) -> Made:
    """The cached value of `make`, cached for so many seconds for all processes."""
    key = f"dashboard:{name}"
    # In a tuple, since None is a value too.
    found: tuple[Made] | None = cache.get(key)
    if found is None:
        found = (make(),)
        cache.set(key, found, seconds)
    return found[0]
