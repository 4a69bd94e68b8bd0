"""The wording of answers, labels and shares: one source for pages, scripts, admin and reports."""

from typing import Protocol

from recognizer.inference.number_reading import Part
from recognizer.inference.shares import percent_down
from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing

NOT_A_DIGIT = "not a digit"
NO_NUMERAL = "?"
NO_ANSWER = "…"
NO_DIGITS = "\N{EN DASH}"
# A second digit that is less probable is not worth mentioning.
LEAST_RIVAL = 0.05


class AnyAnswer(Protocol):
    """A stored Prediction, or the DrawingAnswer of ink that is not stored."""

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
    """The runner-up, or what can be read of several digits."""
    first, second = sorted(range(10), key=answer.probabilities.__getitem__, reverse=True)[:2]
    match answer.verdict:
        case Verdict.NOT_A_DIGIT:
            return f"If it were one: {first}"
        case Verdict.SEVERAL:
            return _advice(answer)
        case Verdict.NUMBER:
            return ", ".join(_with_share(one.digit, one.confidence) for one in _parts(answer))
        case Verdict.UNSURE:
            return ", ".join(_with_share(one, answer.probabilities[one]) for one in (first, second))
    share = answer.probabilities[second]
    return f"else {_with_share(second, share)}" if share >= LEAST_RIVAL else ""


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
    """All that the site's scripts show of an answer."""
    return {
        "state": answer_state(answer),
        "asserted_label": asserted_label(answer),
        "numeral": numeral(answer),
        "verdict": verdict(answer),
        "rival": rival(answer),
        "sentence": sentence(answer),
    }


# Drawings: each must come with its answer and its owner's label --------------------------------


def short_answer(drawing: Drawing) -> str:
    """The answer in short: the digit or number, "?" where it names none, "…" while there is
    none."""
    answer = drawing.answer
    if answer is None:
        return NO_ANSWER
    named = answer.verdict in (Verdict.DIGIT, Verdict.NUMBER)
    return numeral(answer) if named else NO_NUMERAL


def state(drawing: Drawing) -> str:
    """waiting, right, wrong or unlabelled: the outcome; of an unlabelled one whose answer names
    nothing, why: unsure, not a digit or several digits."""
    unlabelled = drawing.outcome == Drawing.Outcome.UNLABELLED
    if drawing.answer is None or not unlabelled or short_answer(drawing) != NO_NUMERAL:
        return drawing.outcome
    several = drawing.answer.verdict == Verdict.SEVERAL
    return "several digits" if several else str(drawing.answer.verdict)


def confidence(drawing: Drawing) -> str:
    """Of the digit or number that was read, in percent; empty where none was."""
    named = drawing.answer is not None and short_answer(drawing) != NO_NUMERAL
    return percent_down(drawing.answer.confidence) if drawing.answer and named else ""


def overruled(drawing: Drawing) -> str:
    """A sentence where a reviewer's label differs from the owner's; else empty."""
    mine = drawing.owner_label
    if not drawing.reviewed or mine is None or mine.digit == drawing.truth:
        return ""
    return f"a reviewer says it is {digit_word(drawing.truth)}, you said {digit_word(mine.digit)}"


def truth(drawing: Drawing) -> str:
    """What it is, where a list has to say so: as the answer is wrong, or there is none yet."""
    if overruled(drawing):
        return overruled(drawing)
    needed = drawing.outcome == Drawing.Outcome.WRONG or drawing.answer is None
    return f"it is {digit_word(drawing.truth)}" if drawing.truth_given and needed else ""


def drawing_words(drawing: Drawing) -> dict[str, str]:
    """All that the site's scripts show of a drawing, but for its answer."""
    return {
        "said": short_answer(drawing),
        "state": state(drawing),
        "confidence": confidence(drawing),
        "asserted_label": asserted_label(drawing.answer),
        "label": digit_word(drawing.truth) if drawing.truth_given else "",
        "truth": truth(drawing),
    }
