"""Shared drawings: a drawing and its answer, shown to anybody who has its owner's link."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from digitsite.places import Places
from recognizer import wording
from recognizer.forms import takes_parameters
from recognizer.limits.throttles import RateExceeded, WindowThrottle
from recognizer.models import Drawing, Share, signed_in
from recognizer.pictures import cards
from recognizer.views.drawings import own_drawing

# A card takes up to a fifth of a second, and many addresses may ask: most threads answer other
# requests.
_places = Places(max(settings.WEB_THREADS // 4, 1))
TOO_MANY = "Too many pictures are being drawn now. Try again in a few seconds."


@require_POST
@login_required
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Creates a link to a drawing of the user's, if there is none."""
    with transaction.atomic():
        # Not deleted before the link is there.
        mine = Drawing.objects.select_for_update(no_key=True).owned_by(signed_in(request))
        Share.objects.get_or_create(drawing=get_object_or_404(mine, pk=pk))
    messages.success(request, "Anyone with the link below can now see this drawing.")
    return redirect("drawing", pk)


@require_POST
@login_required
def unshare(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes the link: it then leads nowhere."""
    Share.objects.filter(drawing=own_drawing(request, pk)).delete()
    messages.success(request, "The link no longer works.")
    return redirect("drawing", pk)


@require_safe
@takes_parameters()
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The drawing behind a link, with its answer."""
    found = _shared(token)
    context = {"token": token, "heading": _heading(found), "words": _words(found)}
    return render(request, "recognizer/shared.html", context)


@require_safe
@takes_parameters()
def shared_card(request: HttpRequest, token: str) -> HttpResponse:
    """The drawing behind a link, with its answer, as one picture. Anybody may ask for it, and it
    takes longer than a page: so it counts as an image."""
    try:
        WindowThrottle().admit_image(request)
    except RateExceeded as error:
        refused = HttpResponse("Too many pictures.", status=429, content_type="text/plain")
        refused["Retry-After"] = str(error.wait)
        return refused
    return _card(partial(_shared, token))


@require_safe
@login_required
@takes_parameters()
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """A drawing of the user's with its answer, as one picture."""
    return _card(partial(own_drawing, request, pk))


def _shared(token: str) -> Drawing:
    """The drawing behind a link. Raises Http404 if the link was removed, the drawing deleted, or
    its owner's account closed: what an account was closed for must not stay public."""
    open_ones = Drawing.objects.filter(owner__is_active=True)
    return get_object_or_404(open_ones.with_answers(), share__token=token)


def _card(find: Callable[[], Drawing]) -> HttpResponse:
    """Raises Busy if this process draws as many cards as it may already: before the drawing is
    read, which takes long too."""
    with _places.one(TOO_MANY, retry_seconds=2):
        found = find()
        ink = found.upload.image() if found.uploaded else found.ink()
        answer = wording.short_answer(wording.shown_to_owner(found))
        content = cards.card(ink, answer=answer, words=_words(found))
    return HttpResponse(content, content_type="image/png")


def _heading(found: Drawing) -> str:
    answer = wording.short_answer(wording.shown_to_owner(found))
    names_none = answer in (wording.NO_ANSWER, wording.NO_NUMERAL)
    return _words(found) if names_none else f"Read as {answer}"


def _words(found: Drawing) -> str:
    shown = wording.shown_to_owner(found)
    return wording.verdict(shown) if shown else "Not read yet"
