"""What training did with drawings, in sentences for their owners. Pure, but for the rows it is
given."""

from collections.abc import Sequence

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing
from recognizer.wording import digit_word
from training.models import SetAside
from training.usage.usage import (
    SET_ASIDE,
    TAUGHT,
    DrawingUsage,
    TaughtLabel,
    UsageSummary,
    VersionAnswer,
)


def usage_words(usage: DrawingUsage) -> list[str]:
    """What became of a drawing, in a sentence or two; the first is the most important."""
    if not usage.uses:
        return [_unused(usage)]
    sentences = [f"{_use(usage)}{_reading(usage)}."]
    if not usage.teaches:
        return [*sentences, "You have since said no to training: no dataset has it from then on."]
    if usage.uses[-1].kind == SET_ASIDE and not usage.taught:
        sentences.append(_why_set_aside(usage.uses[-1].reason))
    return sentences


def _unused(usage: DrawingUsage) -> str:
    if not usage.teaches:
        return "It was never used for training, as you wished, and never will be."
    if not usage.drawing.truth_given:
        return "Nothing has learned from it: nobody has said what it is."
    return "Nothing has learned from it yet. What was said of it counts toward the next run."


def _use(usage: DrawingUsage) -> str:
    if usage.taught:
        return f"{_learned(usage)}{_contradiction(usage)}"
    last = usage.uses[-1]
    if last.kind == SET_ASIDE:
        return f"Run {last.run.pk} set it aside{' for now' if usage.teaches else ''}"
    return _held_out(usage)


def _held_out(usage: DrawingUsage) -> str:
    since = usage.uses[0].run.pk
    if usage.teaches:
        return (
            f"It is kept as a proof: since run {since} every version is measured on it, none learns"
        )
    return f"It was kept as a proof: from run {since} on versions were measured on it, none learned"


def _learned(usage: DrawingUsage) -> str:
    # What it was said to be is told where that was not always the same.
    named = {taught.digit for taught in usage.taught_labels} != {usage.drawing.truth}
    sources = [_label_source(usage.drawing, taught, named=named) for taught in usage.taught_labels]
    runs = [_runs(taught) for taught in usage.taught_labels]
    first = f"{sources[0].capitalize()} was used by {runs[0]}"
    later = zip(sources[1:], runs[1:], strict=True)
    return "".join([first, *(f", and {source} by {used}" for source, used in later)])


def _label_source(drawing: Drawing, taught: TaughtLabel, *, named: bool) -> str:
    said = f", {digit_word(taught.digit)}," if named else ""
    if taught.by_reviewer:
        return f"what a reviewer said of it{said}"
    corrects = drawing.answer_id is not None and taught.digit != drawing.digit
    return f"{'your correction' if corrects else 'what you said of it'}{said}"


def _runs(taught: TaughtLabel) -> str:
    return f"run{'s' if len(taught.runs) > 1 else ''} {listed(taught.runs)}"


def _contradiction(usage: DrawingUsage) -> str:
    if not usage.contradicted:
        return ""
    who = "A reviewer has" if usage.drawing.reviewed else "You have"
    return f". {who} since said that it is {digit_word(usage.drawing.truth)}"


def _reading(usage: DrawingUsage) -> str:
    now = usage.now
    if now is None:
        return ""
    if now.right is None:
        return f"; the model {_says(now.answer)}"
    if not now.right:
        return f"; the model {_says(now.answer, still='still ')}{_next_try(usage)}"
    if now.since is None:
        return "; the model got it right from the start"
    earlier = " or earlier" if now.or_earlier else ""
    return f"; the model gets it right since version {now.since}{earlier}"


def _next_try(usage: DrawingUsage) -> str:
    learns_again = usage.teaches and usage.uses[-1].kind == TAUGHT and not usage.contradicted
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


def _why_set_aside(reason: str) -> str:
    if reason == SetAside.TOO_MANY:
        return "You gave more than one person may teach in one run: its turn comes later."
    return (
        "It was not sure enough that drawing and label belong together, which happens to clear "
        "ones too: a reviewer looks at it."
    )


def summary_words(summary: UsageSummary, *, one: bool) -> str:
    """What versions learned from drawings that may be deleted."""
    if not summary.taught and not summary.held_out:
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
    if summary.held_out:
        was, leave = ("was", "leaves") if summary.held_out == 1 else ("were", "leave")
        sentences.append(f"{summary.held_out} {was} kept as a proof, and {leave} it too.")
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
