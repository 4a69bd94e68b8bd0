"""What staff fill in."""

from django import forms


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Why",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It is kept with the promotion, with your name.",
        error_messages={"required": "Say why: it is kept with the promotion."},
    )


class SpanForm(forms.Form):
    """For how many days back."""

    DAYS = [(30, "30 days"), (90, "90 days")]

    days = forms.TypedChoiceField(
        choices=DAYS,
        coerce=int,
        required=False,
        error_messages={"invalid_choice": "Choose 30 or 90 days."},
    )
