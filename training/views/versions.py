"""Model versions: their lineage, when each one answered, downloads, promotion and rollback."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from recognizer.accounts import roles
from recognizer.answers import version_heartbeats
from recognizer.forms import takes_parameters
from recognizer.models import Artifact, ModelVersion, signed_in
from training.charts import lineage
from training.forms import ReasonForm
from training.models import TrainingRun
from training.versions import history, promotion
from training.views.access import only_with

PAGE = 20
KINDS = {
    "onnx": ("onnx_id", "application/octet-stream"),
    "safetensors": ("weights_id", "application/octet-stream"),
}


@require_safe
@only_with(roles.TRAIN, roles.PROMOTE)
@takes_parameters("page")
def versions(request: HttpRequest) -> HttpResponse:
    """All versions, newest first."""
    everything = ModelVersion.objects.select_related("run")
    # A run's evidence and curve are long, and shown on its own page.
    narrow = everything.defer("run__evidence", "run__curve", "run__decision")
    page = Paginator(narrow, PAGE).get_page(request.GET.get("page"))
    spans = history.tenures(page)
    context = {
        "page": page,
        "rows": [_row(version, spans) for version in page],
        "tree": _tree(page, spans),
        "champion": ModelVersion.objects.champion(),
        "heartbeats": [(one, time.time() - one.seen) for one in version_heartbeats.latest()],
    }
    return render(request, "training/versions.html", context)


def _tree(versions: Iterable[ModelVersion], spans: dict[int, list[history.Tenure]]) -> str:
    """The lineage of these versions as SVG; each links to its place on the page."""
    address = reverse("training:versions")
    return lineage.tree(
        [
            lineage.Node(
                one.pk, one.parent_id, history.status(one, spans), f"{address}#version-{one.pk}"
            )
            for one in versions
        ]
    )


def _row(version: ModelVersion, spans: dict[int, list[history.Tenure]]) -> dict[str, Any]:
    run: TrainingRun | None = getattr(version, "run", None)
    mine = spans.get(version.pk, [])
    return {
        "version": version,
        "run": run,
        "variant": history.status(version, spans),
        "spans": mine,
        "test": (version.manifest.get("metrics") or {}).get("test"),
        "back": bool(mine) or version.origin == ModelVersion.Origin.SHIPPED,
    }


@require_POST
@only_with(roles.PROMOTE)
def make_champion(request: HttpRequest, pk: int) -> HttpResponse:
    """Promotes a version by hand: a rollback, or, with a reason, one that the gate rejected."""
    version = get_object_or_404(ModelVersion, pk=pk)
    form = ReasonForm(request.POST)
    form.fields["reason"].required = False  # a rollback needs none
    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["reason"])))
        return redirect("training:versions")
    reason = form.cleaned_data["reason"]
    try:
        promotion.promote_by_hand(version, by=signed_in(request), reason=reason)
    except promotion.NotPromoted as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Version {pk} is now in use.")
    return redirect("training:versions")


@require_safe
@only_with(roles.TRAIN, roles.PROMOTE)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A version's network (onnx), its weights (safetensors), or its manifest (json)."""
    version = get_object_or_404(ModelVersion, pk=pk)
    if kind == "json":
        return _file(version, kind, json.dumps(version.manifest, indent=2), "application/json")
    if kind not in KINDS:
        raise Http404
    field, content_type = KINDS[kind]
    content = Artifact.objects.values_list("content", flat=True).get(pk=getattr(version, field))
    return _file(version, kind, bytes(content), content_type)


def _file(
    version: ModelVersion, kind: str, content: bytes | str, content_type: str
) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    name = f"numeral-version-{version.pk}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
