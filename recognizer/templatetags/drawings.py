"""Template filters for the wording of answers and drawings (recognizer/wording.py)."""

from django import template

from recognizer import wording
from recognizer.inference.shares import percent_down, percent_short
from recognizer.models import Drawing

register = template.Library()
for word in (
    wording.digit_word, percent_down, percent_short, wording.short_answer, wording.state,
    wording.confidence, wording.overruled, wording.truth,
):  # fmt: skip
    register.filter(word)


@register.filter
def answer_state(drawing: Drawing) -> str:
    return wording.answer_state(drawing.answer)


@register.filter
def asserted_label(drawing: Drawing) -> str:
    return wording.asserted_label(drawing.answer)


@register.filter
def verdict(drawing: Drawing) -> str:
    """How sure the answer is, why it names nothing, or that there is none yet."""
    return wording.verdict(drawing.answer) if drawing.answer else "Waits for a worker"
