"""Template filters for the wording of answers and drawings (recognizer/wording.py)."""

from django import template

from recognizer import wording
from recognizer.inference.percentages import percent, percent_down
from recognizer.models import Reading

register = template.Library()
for word in (
    wording.digit_word, percent, percent_down, wording.short_answer, wording.state,
    wording.confidence, wording.overruled, wording.truth, wording.answer_state,
    wording.asserted_label, wording.personal, wording.outcome, wording.shown_to_owner,
    wording.drawing_count,
):  # fmt: skip
    register.filter(word)


@register.filter
def verdict(answer: Reading | None) -> str:
    """How sure the answer is, why it names nothing, or that there is none yet."""
    return wording.verdict(answer) if answer else "Waits for a worker"
