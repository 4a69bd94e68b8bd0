"""Which answer and which label of a drawing count now.

Every write is one UPDATE that carries its condition, so that two writers at once do no harm.
"""

from collections import Counter

from django.db.models import Exists, Q

from recognizer.models import Drawing, Label, ModelVersion, Prediction


def record_answer(drawing: Drawing, prediction: Prediction) -> bool:
    """Takes the champion's prediction as the answer; another's only while there is none.

    Returns whether it is the champion's. So a worker that does not know of a promotion
    yet overwrites nothing, and after a rollback an older prediction is the answer again.
    """
    fields = {
        "answer": prediction,
        "digit": prediction.digit,
        "margin": prediction.margin,
        "is_digit": prediction.is_digit,
    }
    mine = Drawing.objects.filter(pk=drawing.pk)
    champion = ModelVersion.objects.filter(
        pk=prediction.model_version_id, alias=ModelVersion.Alias.CHAMPION
    )
    if mine.filter(Exists(champion)).update(**fields):
        return True
    mine.filter(answer=None).update(**fields)
    return False


def record_label(drawing: Drawing, label: Label) -> None:
    """Takes the label as the one that counts: the newest, a reviewer's before an owner's."""
    mine, by_reviewer = Drawing.objects.filter(pk=drawing.pk), label.by_reviewer
    older = Q(label=None) | Q(label_id__lt=label.pk)
    counts = (older | Q(reviewed=False)) if by_reviewer else (older & Q(reviewed=False))
    mine.filter(counts).update(
        label=label, truth=label.digit, truth_given=True, reviewed=by_reviewer
    )
    if not by_reviewer:
        earlier = Q(owner_label=None) | Q(owner_label_id__lt=label.pk)
        mine.filter(earlier).update(owner_label=label)
    mine.update(disputed=_is_disputed(drawing))


def record_withdrawal(drawing: Drawing, withdrawal: Label) -> None:
    """Lets what the owner said before no longer count. A reviewer's label stays."""
    mine = Drawing.objects.filter(pk=drawing.pk)
    mine.filter(reviewed=False, label_id__lt=withdrawal.pk).update(
        label=None, truth=None, truth_given=False
    )
    mine.filter(owner_label_id__lt=withdrawal.pk).update(owner_label=None)
    mine.update(disputed=_is_disputed(drawing))


def _is_disputed(drawing: Drawing) -> bool:
    """Whether people disagree, and no two of them agree. Of each person the newest label counts."""
    labels = drawing.labels.order_by("pk").values_list("author_id", "role", "digit", "withdrawn")
    newest = {(author, role): (digit, withdrawn) for author, role, digit, withdrawn in labels}
    standing = [digit for digit, withdrawn in newest.values() if not withdrawn]
    return len(standing) > 1 and max(Counter(standing).values()) == 1
