"""Why a reviewer is shown a drawing, in a sentence."""

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, Label
from recognizer.wording import digit_word
from training.models import DatasetSample

HIDDEN = "What do you see? The answer is shown once you have said what it is."
AT_RANDOM = "Drawn at random, to measure how often the answers are right."


def why(drawing: Drawing, *, at_random: bool, aside: DatasetSample | None) -> str:
    """One sentence for the reviewer. The drawing should come with its answer, owner's label and
    labels: what is missing is fetched, drawing by drawing."""
    if aside is not None:
        label, reason = digit_word(aside.digit), aside.get_set_aside_display()
        return f"Its label, {label}, was set aside: {reason}."
    if at_random:
        return AT_RANDOM
    return _WAYS[Drawing.Doubt(drawing.doubt)](drawing) if drawing.doubt else "It was reviewed."


def _disagreed(drawing: Drawing) -> str:
    return f"Its owner says {digit_word(drawing.truth)}, the model {_answer(drawing)}."


def _disputed(drawing: Drawing) -> str:
    return f"People disagree: {' '.join(opinions(drawing))}"


def opinions(drawing: Drawing) -> list[str]:
    """Each person's latest label in words: "Its owner says 4." """
    oldest_first = sorted(drawing.labels.all(), key=lambda label: label.pk)
    last = {(label.author_id, label.role): label for label in oldest_first}
    current = [label for label in last.values() if not label.withdrawn]
    return [f"{_speaker(label)} says {digit_word(label.digit)}." for label in current]


def _speaker(label: Label) -> str:
    return "Its owner" if label.role == Label.Role.OWNER else "A reviewer"


def _unsure(drawing: Drawing) -> str:
    assert drawing.answer is not None
    if drawing.answer.parts:
        return "The model finds several digits: say what it is if it is one."
    shares = drawing.answer.probabilities
    second, first = sorted(range(10), key=shares.__getitem__)[-2:]
    return f"The model hesitates between {first} and {second}."


def _not_a_digit(drawing: Drawing) -> str:
    assert drawing.answer is not None
    return f"It may be no digit: the model gives {drawing.answer.is_digit:.0%} that it is one."


def _none(drawing: Drawing) -> str:
    if drawing.answer is not None and drawing.answer.number:
        return f"The model reads the number {drawing.answer.number}: say what it is if it is one."
    if drawing.owner_label is None:
        return "The model is sure; nobody has said yet what it is."
    return f"Its owner says {digit_word(drawing.owner_label.digit)}, as the model does."


def _answer(drawing: Drawing) -> str:
    assert drawing.answer is not None
    match drawing.answer.verdict:
        case Verdict.DIGIT:
            return f"says {drawing.digit}"
        case Verdict.NUMBER:
            return f"reads the number {drawing.answer.number}"
        case Verdict.SEVERAL:
            return "finds several digits"
        case Verdict.NOT_A_DIGIT:
            return "says that it is no digit"
    return "is unsure"


_WAYS = {
    Drawing.Doubt.DISAGREED: _disagreed,
    Drawing.Doubt.DISPUTED: _disputed,
    Drawing.Doubt.UNSURE: _unsure,
    Drawing.Doubt.NOT_A_DIGIT: _not_a_digit,
    Drawing.Doubt.NONE: _none,
}
