"""The pages of the review queue: one drawing after the other, or a grid of many."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from recognizer.accounts import roles
from recognizer.forms import takes_parameters
from recognizer.models import Drawing, signed_in
from recognizer.wording import drawing_count
from training.forms import ManyForm, ReviewFilter
from training.review import queue, service, spot_checks, tally
from training.review.queue import SURE, Filters
from training.review.wording import agreement_words, estimate_words, not_done
from training.views.access import only_with


@require_safe
@only_with(roles.REVIEW)
@ensure_csrf_cookie
@takes_parameters(ReviewFilter)
def queue_page(request: HttpRequest) -> HttpResponse:
    """One drawing after the other, by keyboard."""
    form = ReviewFilter(request.GET)
    context = {
        "form": form,
        "filter": form.as_query,
        "window": queue.WINDOW,
        "estimate": estimate_words(spot_checks.estimate()),
        "most_counted": queue.MOST_COUNTED,
        "tallies": [(one, agreement_words(one)) for one in tally.tallies()],
    }
    return render(request, "training/review/review.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@only_with(roles.REVIEW)
@takes_parameters(ReviewFilter)
def grid(request: HttpRequest) -> HttpResponse:
    """Many drawings at once: those that are ticked get one label."""
    if request.method == "POST":
        _label_ticked(request)
        return redirect(f"{reverse('training:review-grid')}?{request.GET.urlencode()}")
    form, reviewer = ReviewFilter(request.GET), signed_in(request)
    shown, remaining = [], 0
    if form.is_valid():
        shown = service.next_for(
            reviewer,
            count=service.MOST_SHOWN,
            filters=form.filters(),
            own_claims=True,
            answers_seen=True,
        )
        remaining = queue.remaining(reviewer, form.filters(), answers_seen=True)
    context = {
        "form": form,
        "filter": form.as_query,
        "window": queue.WINDOW,
        "shown": shown,
        "remaining": remaining,
        "most_counted": queue.MOST_COUNTED,
        "are_sure": all(service.is_sure(one.drawing) for one in shown),
    }
    return render(request, "training/review/review_grid.html", context, status=_status(form))


def _label_ticked(request: HttpRequest) -> None:
    form = ManyForm(request.POST)
    if not form.is_valid():
        for texts in form.errors.values():
            messages.error(request, " ".join(map(str, texts)))
        return
    chosen = form.cleaned_data
    if chosen["what"] == ManyForm.REST:
        _confirm_rest(request, chosen["shown"], struck_out=chosen["drawing"])
        return
    done = service.many(signed_in(request), chosen["drawing"], chosen["what"])
    word = "skipped" if chosen["what"] == service.SKIP else "labelled"
    messages.success(request, f"{done.count} drawing{'s' if done.count != 1 else ''} {word}.")
    for sentence in not_done(done):
        messages.warning(request, sentence)


def _confirm_rest(request: HttpRequest, shown: list[int], *, struck_out: list[int]) -> None:
    """Confirms the drawings that were shown, except those struck out, which are left to another
    reviewer."""
    reviewer = signed_in(request)
    # Not those that somebody has disputed since they were shown.
    sure = Filters(state=SURE).apply(Drawing.objects.filter(pk__in=set(shown) - set(struck_out)))
    done = service.many(reviewer, list(sure.values_list("pk", flat=True)), service.CONFIRM)
    left = service.many(reviewer, struck_out, service.SKIP)
    messages.success(request, f"{drawing_count(done.count)} confirmed.")
    if left.count:
        messages.info(request, f"{drawing_count(left.count)} left to other reviewers.")
    for sentence in not_done(done):
        messages.warning(request, sentence)


def _status(form: ReviewFilter) -> int:
    return 200 if form.is_valid() else 400
