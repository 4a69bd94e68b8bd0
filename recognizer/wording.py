"""The wording of answers, labels and shares: one source for pages, scripts, admin and reports."""

import datetime as dt
from typing import Any, Protocol

from django.utils import dateformat, timezone

from recognizer.inference.number_reading import Part
from recognizer.inference.percentages import percent_down
from recognizer.inference.verdicts import Verdict, claim_of, is_right
from recognizer.models import Drawing, PersonalReading, Prediction, Reading

Outcome = Drawing.Outcome

NOT_A_DIGIT = "not a digit"
NO_NUMERAL = "?"
NO_ANSWER = "…"
NO_DIGITS = "\N{EN DASH}"
# A runner-up that is less probable than this is not mentioned.
LEAST_RIVAL = 0.05


class AnyAnswer(Protocol):
    """A stored Prediction, or the DrawingAnswer for ink that is not stored."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def digit(self) -> int | None: ...
    @property
    def number(self) -> str | None: ...
    @property
    def confidence(self) -> float: ...
    @property
    def probabilities(self) -> list[float]: ...
    @property
    def candidates(self) -> list[int]: ...
    @property
    def parts(self) -> list: ...


def digit_word(digit: int | None) -> str:
    """A digit, or "not a digit" for None."""
    return NOT_A_DIGIT if digit is None else str(digit)


# Answers ----------------------------------------------------------------------------------------


def answer_state(answer: AnyAnswer | None) -> str:
    """What an answer is, as a name for style sheets and scripts: blank (there is none), digit,
    number, unsure, several or none (not a digit)."""
    if answer is None:
        return "blank"
    return "none" if answer.verdict == Verdict.NOT_A_DIGIT else str(answer.verdict)


def asserted_label(answer: AnyAnswer | None) -> str:
    """The label that an answer asserts: a digit, "none" for not a digit; empty where it asserts
    none, so that nobody can confirm it."""
    if answer is None:
        return ""
    if answer.verdict == Verdict.NOT_A_DIGIT:
        return "none"
    return str(answer.digit) if answer.verdict == Verdict.DIGIT else ""


def numeral(answer: AnyAnswer) -> str:
    """The answer in large: its digit or number, its candidates, or a dash."""
    if answer.verdict == Verdict.UNSURE:
        return " ".join(map(str, answer.candidates))
    return {Verdict.DIGIT: str(answer.digit), Verdict.NUMBER: answer.number or ""}.get(
        answer.verdict, NO_DIGITS
    )


def verdict(answer: AnyAnswer) -> str:
    """How sure the answer is, or why it names nothing."""
    if answer.verdict == Verdict.UNSURE:
        return f"Unsure: {' or '.join(map(str, answer.candidates))}"
    names = {Verdict.SEVERAL: "Several digits", Verdict.NOT_A_DIGIT: "Not a digit"}
    return names.get(answer.verdict) or f"{percent_down(answer.confidence)} sure"


def rival(answer: AnyAnswer) -> str:
    """The runner-up, or what can be read of several digits; empty where neither is worth
    mentioning."""
    first, second = sorted(range(10), key=answer.probabilities.__getitem__, reverse=True)[:2]
    match answer.verdict:
        case Verdict.NOT_A_DIGIT:
            return f"Nearest digit: {first}"
        case Verdict.SEVERAL:
            return _advice(answer)
        case Verdict.NUMBER:
            return ", ".join(_with_share(one.digit, one.confidence) for one in _parts(answer))
        case Verdict.UNSURE:
            return ", ".join(_with_share(one, answer.probabilities[one]) for one in (first, second))
    share = answer.probabilities[second]
    return f"or {_with_share(second, share)}" if share >= LEAST_RIVAL else ""


def _advice(answer: AnyAnswer) -> str:
    if all(one.digit is not None for one in _parts(answer)):
        return "Write them side by side, with gaps."
    return "Not each of them can be read."


def _with_share(digit: int | None, share: float) -> str:
    return f"{digit} ({percent_down(share)})"


def _parts(answer: AnyAnswer) -> list[Part]:
    return [one if isinstance(one, Part) else Part(**one) for one in answer.parts]


def sentence(answer: AnyAnswer) -> str:
    """The answer for a screen reader."""
    match answer.verdict:
        case Verdict.DIGIT:
            return f"Reads as {answer.digit}, {verdict(answer)}."
        case Verdict.NUMBER:
            return f"Reads as the number {answer.number}, {verdict(answer)}."
        case Verdict.SEVERAL:
            return f"{verdict(answer)}. {rival(answer)}"
    return f"{verdict(answer)}."


def answer_words(answer: AnyAnswer) -> dict[str, str]:
    """Everything that the site's scripts show of an answer by the network alone."""
    return {
        "state": answer_state(answer),
        "asserted_label": asserted_label(answer),
        "numeral": numeral(answer),
        "verdict": verdict(answer),
        "rival": rival(answer),
        "sentence": sentence(answer),
        "personal": "",
        "alone": "",
        "reason": "",
    }


def short_answer(answer: AnyAnswer | None) -> str:
    """An answer in short: the digit or number, "?" if it names none, "…" while there is none."""
    if answer is None:
        return NO_ANSWER
    named = answer.verdict in (Verdict.DIGIT, Verdict.NUMBER)
    return numeral(answer) if named else NO_NUMERAL


# Read the way somebody writes -------------------------------------------------------------------


def personal_words(answer: AnyAnswer, alone: AnyAnswer, like: str) -> dict[str, str]:
    """Everything that scripts show of a personal answer: why it was given, if the network alone
    says something else. `like`: the exemplar that decided, in words; empty if none did."""
    words = answer_words(answer)
    if claim_of(answer) == claim_of(alone):
        return words
    return words | {
        "personal": f"Read your way: like this {like}." if like else "Read your way.",
        "alone": alone_words(alone),
        "reason": f"Your own {like}, which is like it, decided." if like else "",
    }


def likeness(digit: int | None, drawn_at: dt.datetime) -> str:
    """An exemplar by its digit and day."""
    day = timezone.localtime(drawn_at)
    this_year = day.year == timezone.localtime().year
    date = dateformat.format(day, "j F" if this_year else "j F Y")
    return f"{digit_word(digit)} of {date}"


def alone_words(alone: AnyAnswer) -> str:
    """The network's own answer."""
    match alone.verdict:
        case Verdict.UNSURE:
            return f"The network alone is unsure: {' or '.join(map(str, alone.candidates))}."
        case Verdict.NOT_A_DIGIT:
            return "The network alone reads no digit."
        case Verdict.SEVERAL:
            return "The network alone reads several digits."
    return f"The network alone reads {numeral(alone)}."


# Drawings, as their owners see them: each must come with its answers ---------------------------


def shown_to_owner(drawing: Drawing) -> Reading | None:
    """What the owner is shown: the personal reading, if there is one, else the answer."""
    return drawing.answer.shown if drawing.answer else None


def outcome(drawing: Drawing) -> str:
    """waiting, right, wrong or unlabelled, for what its owner was shown. Drawing.outcome is for the
    model version's own answer."""
    shown = shown_to_owner(drawing)
    if shown is None or shown is drawing.answer or not drawing.truth_given:
        return drawing.outcome
    right = is_right(shown.verdict, shown.digit, drawing.truth)
    return str(Outcome.RIGHT if right else Outcome.WRONG)


def state(drawing: Drawing) -> str:
    """The outcome; for an unlabelled drawing without a digit the reason: unsure, not a digit or
    several digits."""
    shown, found = shown_to_owner(drawing), outcome(drawing)
    if shown is None or found != Outcome.UNLABELLED or short_answer(shown) != NO_NUMERAL:
        return found
    return "several digits" if shown.verdict == Verdict.SEVERAL else str(shown.verdict)


def is_right_by_exemplars(drawing: Drawing) -> bool:
    """Whether it was read correctly only because of exemplars."""
    return outcome(drawing) == Outcome.RIGHT != drawing.outcome


def confidence(answer: AnyAnswer | None) -> str:
    """The confidence in the digit or number that was read, in percent; empty if none was."""
    named = answer is not None and short_answer(answer) != NO_NUMERAL
    return percent_down(answer.confidence) if answer and named else ""


def overruled(drawing: Drawing) -> str:
    """A sentence if a reviewer's label differs from the owner's; else empty."""
    mine = drawing.owner_label
    if not drawing.reviewed or mine is None or mine.digit == drawing.truth:
        return ""
    return f"a reviewer says it is {digit_word(drawing.truth)}, you said {digit_word(mine.digit)}"


def truth(drawing: Drawing) -> str:
    """The label, if a list has to show it: because the answer is wrong, or there is none yet."""
    if overruled(drawing):
        return overruled(drawing)
    needed = outcome(drawing) == Outcome.WRONG or drawing.answer is None
    return f"it is {digit_word(drawing.truth)}" if drawing.truth_given and needed else ""


def learned(drawing: Drawing) -> str:
    """What the site learned about its owner's writing, for the owner; empty if nothing."""
    if not drawing.truth_given:
        return ""
    article = "" if drawing.truth is None else "an " if drawing.truth == 8 else "a "
    return f"From now on this is {article}{digit_word(drawing.truth)} for you."


def reading_words(reading: Prediction | PersonalReading) -> dict[str, str]:
    """Everything that scripts show of a stored answer."""
    if isinstance(reading, Prediction):
        return answer_words(reading)
    return personal_words(reading, reading.prediction, stored_likeness(reading))


def stored_likeness(reading: PersonalReading) -> str:
    """The exemplar that decided, in words; empty if it is deleted, or no single one did."""
    exemplar = reading.exemplar
    if exemplar is None or exemplar.deleted_at is not None:
        return ""
    return likeness(reading.exemplar_digit, exemplar.created_at)


def personal(drawing: Drawing) -> dict[str, Any]:
    """Why it was read by exemplars, which one decided, and the network's own answer if it differs;
    else empty."""
    shown = shown_to_owner(drawing)
    if not isinstance(shown, PersonalReading) or not shown.differs:
        return {}
    words = reading_words(shown)
    like = shown.exemplar_id if stored_likeness(shown) else None
    return {"why": words["personal"], "alone": words["alone"], "drawing": like}


def drawing_words(drawing: Drawing) -> dict[str, str]:
    """Everything that its owner's scripts show of a drawing, except its answer."""
    return {
        "answer": short_answer(shown_to_owner(drawing)),
        "state": state(drawing),
        "confidence": confidence(shown_to_owner(drawing)),
        "asserted_label": asserted_label(shown_to_owner(drawing)),
        "label": digit_word(drawing.truth) if drawing.truth_given else "",
        "truth": truth(drawing),
        "learned": learned(drawing),
        "alone": personal(drawing).get("alone", ""),
    }


def reviewed_words(drawing: Drawing) -> dict[str, str]:
    """Everything that a reviewer's scripts show of a drawing, by the model version's own answer."""
    return {
        "answer": short_answer(drawing.answer),
        "asserted_label": asserted_label(drawing.answer),
        "label": digit_word(drawing.truth) if drawing.truth_given else "",
    }


def drawing_count(count: int) -> str:
    """A number of drawings in words."""
    return "1 drawing" if count == 1 else f"{count:,} drawings"
