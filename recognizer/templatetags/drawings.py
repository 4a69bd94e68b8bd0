"""How the pages speak of drawings and answers."""

from django import template

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing
from recognizer.wording import NOT_A_DIGIT, digit_word, percent

register = template.Library()
register.filter("digit_word", digit_word)
register.filter("percent", percent)

NOTHING = "?"
WHY_NOTHING = {
    Verdict.UNSURE: "unsure",
    Verdict.NOT_A_DIGIT: NOT_A_DIGIT,
    Verdict.SEVERAL: "several digits",
}


@register.filter
def said(drawing: Drawing) -> str:
    """The answer in short: the digit or number, "?" where it names none, "…" where it waits.

    The drawing must come with its answer.
    """
    if drawing.answer is None:
        return "…"
    if drawing.digit is not None:
        return str(drawing.digit)
    return drawing.answer.number or NOTHING


@register.filter
def state(drawing: Drawing) -> str:
    """waiting, right, wrong or unlabelled: the outcome; of an unlabelled one whose answer names
    nothing, why: unsure, not a digit or several digits."""
    labelled = drawing.outcome != Drawing.Outcome.UNLABELLED
    if drawing.answer is None or labelled or said(drawing) != NOTHING:
        return drawing.outcome
    return WHY_NOTHING[drawing.answer.verdict]


@register.filter
def confidence(drawing: Drawing) -> str:
    """Of the digit or number that was read, in percent; nothing where none was."""
    if drawing.answer is None or said(drawing) == NOTHING:
        return ""
    return percent(drawing.answer.confidence)


@register.filter
def mood(drawing: Drawing) -> str:
    """How the page shows the answer: blank, digit, number or unsure."""
    if drawing.answer is None:
        return "blank"
    verdict = drawing.answer.verdict
    return str(verdict) if verdict in (Verdict.DIGIT, Verdict.NUMBER) else "unsure"


@register.filter
def verdict(drawing: Drawing) -> str:
    """How sure the answer is, or why it names nothing, in words."""
    answer = drawing.answer
    if answer is None:
        return "Waits for a worker"
    if answer.verdict == Verdict.UNSURE:
        return f"Unsure: {' or '.join(map(str, answer.candidates))}"
    if answer.verdict == Verdict.SEVERAL:
        return "Several digits"
    if answer.verdict == Verdict.NOT_A_DIGIT:
        return "Not a digit"
    return f"{percent(answer.confidence)} sure"


@register.filter
def claim(drawing: Drawing) -> str:
    """What the answer claims: a digit, "none" for not a digit, nothing where it claims nothing."""
    if drawing.answer is None or not drawing.answer.claims:
        return ""
    return "none" if drawing.digit is None else str(drawing.digit)


@register.filter
def overruled(drawing: Drawing) -> str:
    """ "A reviewer says 4, you said 9": to its owner, where a reviewer said otherwise."""
    said = drawing.owner_label
    if not drawing.reviewed or said is None or said.digit == drawing.truth:
        return ""
    return f"a reviewer says it is {digit_word(drawing.truth)}, you said {digit_word(said.digit)}"
