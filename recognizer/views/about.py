"""The pages about the site: help, how it learns, privacy, and what it is."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer.forms import takes_parameters
from recognizer.imports import work
from recognizer.models import ModelVersion
from recognizer.services import deleting

PAGES = ("help", "learning", "privacy", "about")


@require_safe
@takes_parameters()
def about(request: HttpRequest, page: str) -> HttpResponse:
    """One of PAGES."""
    context = {
        "champion": ModelVersion.objects.champion(),
        "audit_days": settings.AUDIT_DAYS,
        "days_kept": deleting.KEPT_DELETED.days,
        "report_days": work.KEPT_DONE.days,
    }
    return render(request, f"recognizer/about/{page}.html", context)
