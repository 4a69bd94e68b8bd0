"""Lessons in words. Pure, but for the rows it is given."""

from collections.abc import Sequence

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing
from recognizer.wording import digit_word
from training.models import SetAside
from training.usage.usage import (
    ASIDE,
    TAUGHT,
    DrawingUsage,
    TaughtLabel,
    UsageSummary,
    VersionAnswer,
)


def in_words(lesson: DrawingUsage) -> list[str]:
    """What became of a drawing, in a sentence or two; the first is the most important."""
    if not lesson.uses:
        return [_unused(lesson)]
    sentences = [f"{_use(lesson)}{_reading(lesson)}."]
    if not lesson.teaches:
        return [*sentences, "You have since said no to training: no dataset has it from then on."]
    if lesson.uses[-1].kind == ASIDE and not lesson.taught:
        sentences.append(_kindly(lesson.uses[-1].reason))
    return sentences


def _unused(lesson: DrawingUsage) -> str:
    if not lesson.teaches:
        return "It was never used for training, as you wished, and never will be."
    if not lesson.drawing.truth_given:
        return "Nothing has learned from it: nobody has said what it is."
    return "Nothing has learned from it yet. What was said of it counts toward the next run."


def _use(lesson: DrawingUsage) -> str:
    if lesson.taught:
        return f"{_learned(lesson)}{_denial(lesson)}"
    last = lesson.uses[-1]
    if last.kind == ASIDE:
        return f"Run {last.run.pk} set it aside{' for now' if lesson.teaches else ''}"
    return _proof(lesson)


def _proof(lesson: DrawingUsage) -> str:
    since = lesson.uses[0].run.pk
    if lesson.teaches:
        return (
            f"It is kept as a proof: since run {since} every version is measured on it, none learns"
        )
    return f"It was kept as a proof: from run {since} on versions were measured on it, none learned"


def _learned(lesson: DrawingUsage) -> str:
    # What it was said to be is told where that was not always the same.
    named = {word.digit for word in lesson.words} != {lesson.drawing.truth}
    givers = [_giver(lesson.drawing, word, named=named) for word in lesson.words]
    runs = [_runs(word) for word in lesson.words]
    first = f"{givers[0].capitalize()} was used by {runs[0]}"
    later = zip(givers[1:], runs[1:], strict=True)
    return "".join([first, *(f", and {giver} by {used}" for giver, used in later)])


def _giver(drawing: Drawing, word: TaughtLabel, *, named: bool) -> str:
    said = f", {digit_word(word.digit)}," if named else ""
    if word.by_reviewer:
        return f"what a reviewer said of it{said}"
    corrects = drawing.answer_id is not None and word.digit != drawing.digit
    return f"{'your correction' if corrects else 'what you said of it'}{said}"


def _runs(word: TaughtLabel) -> str:
    return f"run{'s' if len(word.runs) > 1 else ''} {listed(word.runs)}"


def _denial(lesson: DrawingUsage) -> str:
    if not lesson.denied:
        return ""
    who = "A reviewer has" if lesson.drawing.reviewed else "You have"
    return f". {who} since said that it is {digit_word(lesson.drawing.truth)}"


def _reading(lesson: DrawingUsage) -> str:
    now = lesson.now
    if now is None:
        return ""
    if now.right is None:
        return f"; the model {_says(now.said)}"
    if not now.right:
        return f"; the model {_says(now.said, still='still ')}{_hope(lesson)}"
    if now.since is None:
        return "; the model got it right from the start"
    earlier = " or earlier" if now.or_earlier else ""
    return f"; the model gets it right since version {now.since}{earlier}"


def _hope(lesson: DrawingUsage) -> str:
    learns_again = lesson.teaches and lesson.uses[-1].kind == TAUGHT and not lesson.denied
    return ", and the next run tries again" if learns_again else ""


def _says(said: VersionAnswer, *, still: str = "") -> str:
    if said.verdict == Verdict.UNSURE:
        return f"is {still}unsure: {' or '.join(said.digits)}"
    return f"{still}reads it as {_NAMES[said.verdict].format(said.digits)}"


_NAMES = {
    Verdict.DIGIT: "{}",
    Verdict.NUMBER: "the number {}",
    Verdict.NOT_A_DIGIT: "not a digit",
    Verdict.SEVERAL: "several digits",
}


def _kindly(reason: str) -> str:
    if reason == SetAside.TOO_MANY:
        return "You gave more than one person may teach in one run: its turn comes later."
    return (
        "It was not sure enough that drawing and label belong together, which happens to clear "
        "ones too: a reviewer looks at it."
    )


def summary_in_words(summary: UsageSummary, *, one: bool) -> str:
    """What versions learned from drawings that may be deleted."""
    if not summary.taught and not summary.proofs:
        return f"No version has learned from {'it' if one else 'these drawings'}."
    if one:
        return _one(summary)
    sentences = []
    if summary.taught:
        have, leave = ("has", "it leaves") if summary.taught == 1 else ("have", "they leave")
        sentences.append(
            f"{summary.taught} of these drawings {have} taught {_versions(summary)}; {leave} the "
            "next dataset, and what was learned stays."
        )
    if summary.proofs:
        was, leave = ("was", "leaves") if summary.proofs == 1 else ("were", "leave")
        sentences.append(f"{summary.proofs} {was} kept as a proof, and {leave} it too.")
    return " ".join(sentences)


def _one(summary: UsageSummary) -> str:
    if not summary.taught:
        return "It was kept as a proof, which no version learned from; it leaves the next dataset."
    versions = _versions(summary).capitalize()
    return f"{versions} learned from it; it leaves the next dataset, and what was learned stays."


def _versions(summary: UsageSummary) -> str:
    return f"version{'s' if len(summary.versions) > 1 else ''} {listed(summary.versions)}"


def listed(numbers: Sequence[int]) -> str:
    """3; 3 and 5; 3, 5 and 8."""
    words = [str(number) for number in numbers]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
