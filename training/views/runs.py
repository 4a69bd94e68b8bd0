"""Training runs: the list, a run's page while it is active and afterwards, and what staff do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from recognizer.accounts import roles
from recognizer.forms import takes_parameters
from recognizer.models import Drawing, ModelVersion, signed_in
from recognizer.views import fragments
from training.charts import run_report
from training.charts.run_curves import run_curves
from training.forms import ReasonForm, ScheduleForm
from training.ml.gate import outlook
from training.models import DatasetSample, Promotion, TrainingRun
from training.runs import label_trigger, lifecycle, notices, schedule
from training.runs.stale_worker import stale_worker
from training.versions import promotion
from training.views.access import only_with
from training.wording import outlook_in_words

PAGE = 25
# New labels are counted up to this number.
MOST_NEW = 10_000
State = TrainingRun.State


@require_safe
@only_with(roles.TRAIN)
@takes_parameters("page")
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, newest first, the button for the next one, and when they start by themselves."""
    return _list_page(request)


def _list_page(
    request: HttpRequest, form: ScheduleForm | None = None, status: int = 200
) -> HttpResponse:
    chosen = schedule.current()
    page = Paginator(_for_list(), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "active": TrainingRun.objects.active().first(),
        "new": label_trigger.new_labels(MOST_NEW),
        "most_new": MOST_NEW,
        "last": TrainingRun.objects.considered_labels().first(),
        "would_be_skipped": label_trigger.would_be_skipped(),
        "schedule": chosen,
        "form": form or ScheduleForm.of(chosen),
        "told": notices.is_subscribed(signed_in(request)),
        "address": notices.address_of(signed_in(request)),
    }
    return render(request, "training/runs/runs.html", context, status=status)


@require_POST
@only_with(roles.TRAIN)
@takes_parameters(sent=ScheduleForm.base_fields)
def choose_schedule(request: HttpRequest) -> HttpResponse:
    """Chooses when runs start by themselves."""
    form = ScheduleForm(request.POST)
    if not form.is_valid():
        return _list_page(request, form, status=400)
    form.save()
    messages.success(request, f"From now on a run starts {schedule.current().in_words()}.")
    return redirect("training:runs")


@require_POST
@only_with(roles.TRAIN)
@takes_parameters(sent=["tell"])
def choose_mail(request: HttpRequest) -> HttpResponse:
    """Chooses whether one is told by mail when a run ends."""
    wanted = "tell" in request.POST
    notices.subscribe(signed_in(request), wanted=wanted)
    starts = "You will be emailed when a run ends."
    messages.success(request, starts if wanted else "You will no longer be emailed about runs.")
    return redirect("training:runs")


def _for_list() -> QuerySet[TrainingRun]:
    # A list needs neither the evidence nor the curve, which are long.
    shown = TrainingRun.objects.select_related("asked_by", "challenger")
    return shown.defer("evidence", "curve", "challenger__manifest")


@require_POST
@only_with(roles.TRAIN)
def train(request: HttpRequest) -> HttpResponse:
    """Starts a run, or leads to the active one."""
    made = lifecycle.trigger(trigger=TrainingRun.Trigger.STAFF, asked_by=signed_in(request))
    if made.state == State.SKIPPED:
        messages.warning(request, f"Run {made.pk} was skipped: {made.reason}")
        active = TrainingRun.objects.active().first()
        return redirect("training:run", (active or made).pk)
    return redirect("training:run", made.pk)


@require_safe
@only_with(roles.TRAIN)
@ensure_csrf_cookie
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: followed while it is active, and what came of it when it is over.

    As a fragment, the live part of the page; with `?curves=KEY` without its curves, where they
    still have that key. 204 once the run is over.
    """
    shown = _live_part if fragments.is_asked_for(request) else _run_page
    return fragments.vary_on_fragment(shown(request, pk))


def _live_part(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(TrainingRun.objects.defer("evidence", "decision"), pk=pk)
    if found.is_over:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    curves = run_curves(found.curve, unless=request.GET.get("curves"))
    context = {"run": found, "curves": curves, **_live(found)}
    return render(request, "training/runs/_run_live.html", context)


def _run_page(
    request: HttpRequest, pk: int, form: ReasonForm | None = None, status: int = 200
) -> HttpResponse:
    related = TrainingRun.objects.select_related("dataset", "champion", "challenger", "asked_by")
    found = get_object_or_404(related, pk=pk)
    report = _report(found) if found.is_over else _live(found)
    curves = run_curves(found.curve)
    context = {"run": found, "curves": curves, "form": form or ReasonForm(), **report}
    template = "training/runs/run.html" if found.is_over else "training/runs/run_live.html"
    return render(request, template, context, status=status)


def _live(found: TrainingRun) -> dict[str, Any]:
    """How it goes, and the last run that went to its end, which took about as long as it will."""
    last = TrainingRun.objects.filter(state__in=[State.PROMOTED, State.REJECTED])
    return {"stale_worker": stale_worker(found), "last": last.defer("evidence", "curve").first()}


def _report(found: TrainingRun) -> dict[str, Any]:
    evidence = found.evidence
    return {
        "verdicts": run_report.verdicts(found.decision),
        "test": run_report.which_test(found.decision),
        "figures": run_report.figures(evidence),
        "comparisons": run_report.comparisons(evidence),
        "digit_rows": run_report.digit_rows(evidence),
        "sets": [run_report.SETS[name] for name in run_report.measured_sets(evidence)],
        "pictures": _pictures(evidence),
        "data": _data(found),
        "help": _what_would_help(found),
        "may_promote": _may_promote(found),
        "promotions": Promotion.objects.filter(version=found.challenger)
        .select_related("by")
        .exclude(version=None),
    }


def _what_would_help(found: TrainingRun) -> str:
    """In a sentence or two; empty where more labels alone would not."""
    if found.state != State.REJECTED or found.dataset is None:
        return ""
    if not outlook.may_help(found.decision):
        return ""
    counts = found.dataset.counts
    labels = counts.get("train", 0) + counts.get("holdout", 0)
    more = outlook.more_labels(found.decision, labels)
    measured = (found.evidence.get("drawings") or {}).get("challenger")
    hard = outlook.hardest_digits(measured["recall"], measured["support"]) if measured else []
    return outlook_in_words(more, hard)


def _may_promote(found: TrainingRun) -> bool:
    challenger = found.challenger
    if challenger is None or challenger.alias == ModelVersion.Alias.CHAMPION:
        return False
    return promotion.needs_reason(challenger)


def _pictures(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """The drawings that challenger and champion read differently. All are counted; shown are those
    that still exist, of people who still allow training on theirs."""
    kinds = {
        "fixed": ("Fixed", "Read wrong before, right now.", evidence.get("fixed", [])),
        "broken": ("Broken", "Read right before, wrong now.", evidence.get("broken", [])),
        "lost": (
            "Lost from the regression set",
            "Mistakes that reviewers found and some champion read right, wrong again.",
            evidence.get("regressions", {}).get("lost", []),
        ),
    }
    answers, gone = evidence.get("said", {}), evidence.get("gone", {})
    return [
        {"name": name, "title": title, "words": words, "count": len(ids) + gone.get(name, 0),
         "drawings": _there(ids, answers)}
        for name, (title, words, ids) in kinds.items()
    ]  # fmt: skip


def _there(ids: list[int], answers: dict[str, Any]) -> list[dict[str, Any]]:
    shown = Drawing.objects.may_teach().filter(pk__in=ids)
    there = {one.pk: one for one in shown.defer("strokes")}
    return [
        {"drawing": there[pk], "said": answers.get(str(pk)), "digit": _digit(there[pk], answers)}
        for pk in ids
        if pk in there
    ]


def _digit(drawing: Drawing, answers: dict[str, Any]) -> int | None:
    """The label that the drawing had then, or, where that was not kept, has now."""
    known = answers.get(str(drawing.pk))
    return known["digit"] if known else drawing.truth


def _data(found: TrainingRun) -> dict[str, Any] | None:
    """The dataset that it learned from and was measured on."""
    if found.dataset is None:
        return None
    counts = found.dataset.counts
    aside = DatasetSample.objects.filter(dataset=found.dataset).exclude(set_aside="")
    digits = run_report.digits_of(counts)
    return {
        "counts": counts,
        "digits": digits,
        "most": max([count for _, count in digits], default=0) or 1,
        "sources": counts.get("sources", {}),
        "set_aside": counts.get("set_aside", aside.count()),
    }


@require_POST
@only_with(roles.TRAIN)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the run to end."""
    found = get_object_or_404(TrainingRun, pk=pk)
    if not lifecycle.cancel(found):
        messages.warning(request, "There was nothing to cancel: the run is over.")
    return redirect("training:run", pk)


@require_POST
@only_with(roles.PROMOTE)
def promote(request: HttpRequest, pk: int) -> HttpResponse:
    """Promotes a version that the gate rejected, with a reason that is kept."""
    found = get_object_or_404(TrainingRun.objects.select_related("challenger"), pk=pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _run_page(request, pk, form, status=400)
    if found.challenger is None:
        messages.error(request, "This run produced no version that could be promoted.")
    else:
        _promote(request, found.challenger, form.cleaned_data["reason"])
    return redirect("training:run", pk)


def _promote(request: HttpRequest, version: ModelVersion, reason: str) -> None:
    try:
        promotion.promote_by_hand(version, by=signed_in(request), reason=reason)
    except promotion.NotPromoted as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Version {version.pk} is now in use.")


@require_safe
@only_with(roles.TRAIN)
def metrics(request: HttpRequest, pk: int) -> HttpResponse:
    """All figures of the run as a JSON file."""
    found = get_object_or_404(TrainingRun.objects.select_related("dataset"), pk=pk)
    content = {
        "run": found.pk,
        "state": found.state,
        "champion": found.champion_id,
        "challenger": found.challenger_id,
        "dataset": {"id": found.dataset_id, "digest": "", "counts": {}},
        "decision": found.decision,
        "evidence": found.evidence,
        "curve": found.curve,
    }
    if found.dataset:
        content["dataset"] |= {"digest": found.dataset.digest, "counts": found.dataset.counts}
    response = JsonResponse(content, json_dumps_params={"indent": 2})
    response["Content-Disposition"] = f'attachment; filename="run-{pk}-metrics.json"'
    return response
