"""The forms of training's pages."""

from typing import Any

from django import forms
from django.conf import settings

from recognizer.forms import DIGITS, FilterForm
from recognizer.models import ModelVersion, User
from training.review import service
from training.review.queue import NO_DIGIT, Filters
from training.runs import schedule
from training.runs.schedule import Schedule

LONGEST_NUMBER = 18
MOST_LABELS = 1_000_000
USUAL_HOUR = 3
READ_AS = {**dict(DIGITS), NO_DIGIT: "no digit"}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept with the promotion, with your name.",
        error_messages={"required": "Say why: it is kept with the promotion."},
    )


class ScheduleForm(forms.Form):
    """When runs start by themselves. With neither box they start only by hand, or as the
    admin chose otherwise."""

    daily = forms.BooleanField(required=False, label="Every day")
    hour = forms.TypedChoiceField(
        label="at", choices=[(hour, f"{hour}:00") for hour in range(24)], coerce=int
    )
    by_labels = forms.BooleanField(required=False, label="After new labels")
    after_labels = forms.IntegerField(
        label="How many", required=False, min_value=1, max_value=MOST_LABELS
    )

    @classmethod
    def of(cls, chosen: Schedule) -> "ScheduleForm":
        return cls(
            initial={
                "daily": chosen.hour is not None,
                "hour": USUAL_HOUR if chosen.hour is None else chosen.hour,
                "by_labels": bool(chosen.after_labels),
                "after_labels": chosen.after_labels or settings.RETRAIN_AFTER_LABELS or None,
            }
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("by_labels") and cleaned.get("after_labels", 0) is None:
            self.add_error("after_labels", "Say after how many.")
        return cleaned

    def save(self) -> None:
        """The form must be valid."""
        chosen = self.cleaned_data
        schedule.choose(
            hour=chosen["hour"] if chosen["daily"] else None,
            after_labels=chosen["after_labels"] if chosen["by_labels"] else 0,
        )


class SpanForm(forms.Form):
    """The number of days that the dashboard covers."""

    DAYS = [(30, "30 days"), (90, "90 days")]

    days = forms.TypedChoiceField(
        choices=DAYS,
        coerce=int,
        required=False,
        error_messages={"invalid_choice": "Choose 30 or 90 days."},
    )


class ReviewFilter(FilterForm):
    """Which drawings the review queue shows: every field may be left out."""

    STATES = [
        ("", "the most useful first"),
        ("disagreed", "owner and model disagree"),
        ("disputed", "two people disagree"),
        ("unsure", "the model is unsure"),
        ("not_a_digit", "perhaps no digit"),
        ("sure", "nobody doubts it"),
        ("unlabelled", "nobody has said"),
        ("right", "owner confirmed it"),
        ("set_aside", "set aside before training"),
    ]

    state = forms.ChoiceField(required=False, label="show", choices=STATES)
    digit = forms.ChoiceField(
        required=False,
        label="read as",
        choices=[("", "anything"), *READ_AS.items()],
    )
    least = forms.IntegerField(required=False, label="sure from %", min_value=0, max_value=100)
    most = forms.IntegerField(required=False, label="sure to %", min_value=0, max_value=100)
    user = forms.CharField(required=False, label="drawn by", max_length=150)
    version = forms.IntegerField(required=False, label="version", min_value=1)

    def clean_user(self) -> int | None:
        name = self.cleaned_data["user"]
        if not name:
            return None
        person = User.objects.filter(username=name).first()
        if person is None:
            raise forms.ValidationError(f"Nobody here is called {name}.")
        return person.pk

    def clean_version(self) -> int | None:
        version = self.cleaned_data["version"]
        if version and not ModelVersion.objects.filter(pk=min(version, 2**62)).exists():
            raise forms.ValidationError(f"There is no version {version}.")
        return version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            raise forms.ValidationError("The least confidence must not be above the most.")
        return cleaned

    def in_words(self) -> str:
        """The filters in words, for the line above the closed form: "read as 4, drawn by anna"."""
        chosen = {name: self.data.get(name, "") for name in self.fields if name not in self.errors}
        words = [
            dict(self.STATES)[chosen["state"]] if chosen.get("state") else "",
            f"read as {READ_AS[chosen['digit']]}" if chosen.get("digit") else "",
            _sure(chosen.get("least", ""), chosen.get("most", "")),
            f"drawn by {chosen['user']}" if chosen.get("user") else "",
            f"answered by version {chosen['version']}" if chosen.get("version") else "",
        ]
        return ", ".join(filter(None, words))

    def filters(self) -> Filters:
        """The filters as data. The form must be valid."""
        chosen = self.cleaned_data
        return Filters(
            state=chosen["state"],
            digit=chosen["digit"],
            least=_share(chosen["least"]),
            most=_share(chosen["most"]),
            owner=chosen["user"],
            version=chosen["version"],
        )


def _sure(least: str, most: str) -> str:
    if least and most:
        return f"{least} to {most}% sure"
    if least:
        return f"at least {least}% sure"
    return f"at most {most}% sure" if most else ""


def _share(percent: int | None) -> float | None:
    return None if percent is None else percent / 100


class DrawingIdsField(forms.Field):
    """The ids of drawings, at most a fixed number of them."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[int]:
        texts = [str(text) for text in value or []]
        if len(texts) > service.MOST_AT_ONCE:
            raise forms.ValidationError(f"At most {service.MOST_AT_ONCE} drawings at once.")
        if not all(text.isdecimal() and len(text) <= LONGEST_NUMBER for text in texts):
            raise forms.ValidationError("A drawing is named by its number.")
        return [int(text) for text in texts]


class ManyForm(forms.Form):
    """What to do with the drawings that were ticked. `what` comes out as review.many takes it; REST
    confirms those that are `shown` and not ticked."""

    REST = "rest"

    shown = DrawingIdsField(required=False)
    drawing = DrawingIdsField(required=False)
    what = forms.ChoiceField(
        choices=[
            *DIGITS,
            (NO_DIGIT, "not a digit"),
            (service.CONFIRM, "as it was read"),
            (service.SKIP, "not now"),
            (REST, "all others as they were read"),
        ],
        error_messages={"required": "Say what they are."},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        needed = "shown" if cleaned.get("what") == self.REST else "drawing"
        if "what" in cleaned and cleaned.get(needed) == []:
            raise forms.ValidationError("Tick the drawings first.")
        return cleaned

    def clean_what(self) -> int | str | None:
        what = self.cleaned_data["what"]
        return None if what == NO_DIGIT else int(what) if what.isdecimal() else what
