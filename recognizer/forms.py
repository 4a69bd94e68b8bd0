"""Forms of the recognizer's pages: sign-up, account, filters of the history."""

import datetime as dt
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils import timezone

from recognizer.accounts import tokens
from recognizer.models import ApiToken, Drawing, DrawingQuerySet, Scope, User
from recognizer.pagination import EVER, TimeRange

DIGITS = [(str(digit), str(digit)) for digit in range(10)]
View = Callable[..., HttpResponseBase]


def stray_parameter(given: QueryDict, known: Collection[str]) -> str | None:
    """What is wrong with the query's names, as a sentence: an unknown name, or one given twice.
    Ignoring it could widen the request. "" where nothing is."""
    for name, values in given.lists():
        if name not in known:
            return f"There is no parameter “{name}” here; {which_exist(sorted(known))}."
        if len(values) > 1:
            return f"The parameter “{name}” is given more than once."
    return None


def which_exist(names: Collection[str]) -> str:
    """The end of a sentence about an unknown name: which names there are."""
    if not names:
        return "none is taken"
    listed = ", ".join(names)
    return f"the only one is {listed}" if len(names) == 1 else f"there are {listed}"


def takes_parameters(
    *known: str | type[forms.Form], sent: Collection[str] | None = None
) -> Callable[[View], View]:
    """Decorates a page that takes these query parameters and the fields of these forms; others get
    400. `sent`: the form whose fields a POST may have."""
    names = {
        name
        for one in known
        for name in ([one] if isinstance(one, str) else one().fields)  # `from` is set in __init__
    }

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            stray = stray_parameter(request.GET, names)
            if sent is not None:
                form = request.POST.copy()
                form.pop("csrfmiddlewaretoken", None)
                stray = stray or stray_parameter(form, sent)
            if stray:
                raise BadRequest(stray)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


class TeachingForm(forms.Form):
    """Added to the sign-up form by allauth, which calls `signup` with the new user."""

    teaches = forms.BooleanField(
        required=False,
        initial=True,
        label="My drawings may train the model",
        help_text=(
            "Drawings that you save, and what you say they are, teach the model to read better. "
            "Switch this off and they never do. You can change it on your account page."
        ),
    )

    def signup(self, request: Any, user: User) -> None:
        user.teaches = self.cleaned_data["teaches"]
        user.save(update_fields=["teaches"])


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["teaches", "personal_reading"]

    def save(self, commit: bool = True) -> User:
        """Writes these fields only, as the API does: other columns may have changed since the page
        was loaded."""
        user: User = super().save(commit=False)
        if commit:
            user.save(update_fields=list(self.fields))
        return user


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        initial=[Scope.DRAW, Scope.READ, Scope.CORRECT],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label="Expires",
        choices=[
            (7, "after a week"),
            (30, "after 30 days"),
            (tokens.DAYS, f"after {tokens.DAYS} days"),
            (365, "after a year"),
            ("never", "never"),
        ],
        initial=tokens.DAYS,
        coerce=lambda chosen: None if chosen == "never" else int(chosen),
    )

    class Meta:
        model = ApiToken
        fields = ["name"]


class ImportForm(forms.Form):
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".jsonl,.gz,.zip"}),
    )


class FilterForm(forms.Form):
    """A filter in a query string. All fields are optional."""

    @property
    def contradicts(self) -> bool:
        """Whether each field is valid, but not together with the others."""
        errors = [error for found in self.errors.as_data().values() for error in found]
        return all(error.code is None for error in errors)  # Django's own errors have a code

    def sentences(self) -> list[str]:
        """The errors, as sentences."""
        return [str(text) for texts in self.errors.values() for text in texts]

    @property
    def as_query(self) -> str:
        """The filter as a query string, without the page."""
        return urlencode({name: self.data[name] for name in self.fields if self.data.get(name)})


class HistoryFilter(FilterForm):
    """Which drawings of a history to list. All fields are optional."""

    digit = forms.TypedChoiceField(
        required=False, choices=[("", "any digit"), *DIGITS], coerce=int, empty_value=None
    )
    state = forms.ChoiceField(required=False, choices=[("", "any state"), *Drawing.Outcome.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # `from` is a Python keyword, and the query should still read ?from=...&to=...
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(
                required=False,
                input_formats=["%Y-%m-%d"],
                widget=forms.DateInput(attrs={"type": "date"}),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("from") and cleaned.get("to") and cleaned["from"] > cleaned["to"]:
            raise forms.ValidationError("The first day must not be after the last one.")
        return cleaned

    def apply(self, drawings: DrawingQuerySet, *, page: TimeRange = EVER) -> DrawingQuerySet:
        """The drawings that match. The form must be valid.

        `page` is the time range of the page that is read. The filter's days are narrowed to it: of
        two conditions on the time, SQLite uses an index for only one, perhaps the wider.
        """
        chosen = self.cleaned_data
        if chosen["digit"] is not None:
            drawings = drawings.answered(chosen["digit"])
        if chosen["state"]:
            drawings = drawings.in_state(chosen["state"])
        if chosen["from"]:
            drawings = drawings.drawn_from(max(_at(chosen["from"], dt.time.min), page.start))
        if chosen["to"]:
            drawings = drawings.drawn_until(min(_at(chosen["to"], dt.time.max), page.end))
        return drawings


class Everything(FilterForm):
    """All drawings of a list, with the number that the person saw."""

    all = forms.ChoiceField(choices=[("true", "true")])
    count = forms.IntegerField(min_value=0)


class DeletionFilter(HistoryFilter):
    """Which drawings to delete. To delete all, the form must say so and give their number."""

    all = forms.ChoiceField(required=False, choices=[("true", "true")])
    count = forms.IntegerField(required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        filtered = any(self.data.get(name) for name in HistoryFilter().fields)
        if filtered and cleaned.get("all"):
            raise forms.ValidationError("Send either a filter or all=true.")
        if not filtered and not (cleaned.get("all") and cleaned.get("count") is not None):
            raise forms.ValidationError(
                "To delete everything send all=true and the count of drawings that you saw; "
                f"else a filter: {', '.join(HistoryFilter().fields)}."
            )
        return cleaned


def _at(day: dt.date, time: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, time, tzinfo=timezone.get_current_timezone())


class LeaveForm(forms.Form):
    """Requires the username before an account is deleted."""

    username = forms.CharField(label="Your username", help_text="Type it to confirm.")

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_username(self) -> str:
        if self.cleaned_data["username"] != self.user.get_username():
            raise forms.ValidationError("That is not your username. Nothing was deleted.")
        return self.cleaned_data["username"]
