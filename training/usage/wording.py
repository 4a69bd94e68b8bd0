"""Words what training did with drawings, in sentences for their owners. Pure, but for the rows that
it is given."""

from collections.abc import Sequence

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing
from recognizer.wording import digit_word
from training.models import SetAside
from training.usage.usage import (
    SET_ASIDE,
    TRAINED,
    DrawingUsage,
    TrainedLabel,
    UsageSummary,
    VersionAnswer,
)


def usage_words(usage: DrawingUsage) -> list[str]:
    """How a drawing was used, in one or two sentences; the first is the most important."""
    if not usage.uses:
        return [_unused(usage)]
    sentences = [f"{_use(usage)}{_reading(usage)}."]
    if not usage.teaches:
        return [*sentences, "You have since opted out of training: no later dataset contains it."]
    if usage.uses[-1].kind == SET_ASIDE and not usage.training_uses:
        sentences.append(_why_set_aside(usage.uses[-1].reason))
    return sentences


def _unused(usage: DrawingUsage) -> str:
    if not usage.teaches:
        return "It was never used for training, as you wished, and never will be."
    if not usage.drawing.truth_given:
        return "No version has learned from it: nobody has said what it is."
    return "No version has learned from it yet. Its label counts toward the next run."


def _use(usage: DrawingUsage) -> str:
    if usage.training_uses:
        return f"{_learned(usage)}{_contradiction(usage)}"
    last = usage.uses[-1]
    if last.kind == SET_ASIDE:
        return f"Run {last.run.pk} set it aside{' for now' if usage.teaches else ''}"
    return _held_out(usage)


def _held_out(usage: DrawingUsage) -> str:
    since = usage.uses[0].run.pk
    if usage.teaches:
        return (
            f"It is held out: since run {since} every version is tested on it, none trained on it"
        )
    return f"It was held out: from run {since} on versions were tested on it, none trained on it"


def _learned(usage: DrawingUsage) -> str:
    # The label is named for each use if it was not always the same.
    named = {label.digit for label in usage.trained_labels} != {usage.drawing.truth}
    sources = [_label_source(usage.drawing, label, named=named) for label in usage.trained_labels]
    runs = [_runs(label) for label in usage.trained_labels]
    first = f"{sources[0].capitalize()} was used by {runs[0]}"
    later = zip(sources[1:], runs[1:], strict=True)
    return "".join([first, *(f", and {source} by {used}" for source, used in later)])


def _label_source(drawing: Drawing, label: TrainedLabel, *, named: bool) -> str:
    name = f", {digit_word(label.digit)}," if named else ""
    if label.by_reviewer:
        return f"a reviewer’s label{name}"
    corrects = drawing.answer_id is not None and label.digit != drawing.digit
    return f"{'your correction' if corrects else 'your label'}{name}"


def _runs(label: TrainedLabel) -> str:
    return f"run{'s' if len(label.runs) > 1 else ''} {listed(label.runs)}"


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
        return "; the model read it right from the start"
    earlier = " or earlier" if now.or_earlier else ""
    return f"; the model has read it right since version {now.since}{earlier}"


def _next_try(usage: DrawingUsage) -> str:
    learns_again = usage.teaches and usage.uses[-1].kind == TRAINED and not usage.contradicted
    return ", and the next run tries again" if learns_again else ""


def _says(answer: VersionAnswer, *, still: str = "") -> str:
    if answer.verdict == Verdict.UNSURE:
        return f"is {still}unsure: {' or '.join(answer.digits)}"
    return f"{still}reads it as {_NAMES[answer.verdict].format(answer.digits)}"


_NAMES = {
    Verdict.DIGIT: "{}",
    Verdict.NUMBER: "the number {}",
    Verdict.NOT_A_DIGIT: "not a digit",
    Verdict.SEVERAL: "several digits",
}


def _why_set_aside(reason: str) -> str:
    if reason == SetAside.OWN:
        return (
            "Only you write it this way, so it counts for you alone: similar drawings of yours are "
            "read as you labelled it."
        )
    if reason == SetAside.TOO_MANY:
        return "You gave more labels than a run uses from one person: its turn comes later."
    return (
        "The run was not certain that drawing and label match, which happens to clear ones too: "
        "a reviewer will check it."
    )


def summary_words(summary: UsageSummary, *, one: bool) -> str:
    """What versions learned from drawings that may be deleted."""
    if not summary.trained and not summary.held_out:
        return f"No version has learned from {'it' if one else 'these drawings'}."
    if one:
        return _one(summary)
    sentences = []
    if summary.trained:
        it_is = "it is" if summary.trained == 1 else "they are"
        sentences.append(
            f"{_versions(summary).capitalize()} learned from {summary.trained} of these drawings. "
            f"Once deleted, {it_is} in no later dataset, but what was learned stays."
        )
    if summary.held_out:
        was = "was" if summary.held_out == 1 else "were"
        sentences.append(f"{summary.held_out} {was} held out, to test what was learned.")
    return " ".join(sentences)


def _one(summary: UsageSummary) -> str:
    if not summary.trained:
        return "It was held out, to test what was learned; no version was trained on it."
    versions = _versions(summary).capitalize()
    return (
        f"{versions} learned from it. Once deleted, it is in no later dataset, but what was "
        "learned stays."
    )


def _versions(summary: UsageSummary) -> str:
    return f"version{'s' if len(summary.versions) > 1 else ''} {listed(summary.versions)}"


def listed(numbers: Sequence[int]) -> str:
    """3; 3 and 5; 3, 5 and 8."""
    words = [str(number) for number in numbers]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
