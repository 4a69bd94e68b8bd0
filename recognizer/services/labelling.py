"""Labels: what people say that drawings are, added and withdrawn."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Count

from recognizer.accounts import roles
from recognizer.answers import exemplars
from recognizer.answers.stored import current
from recognizer.models import Drawing, Label, User

# How many uploads, of up to megabytes each, are in memory at once.
READ_AT_ONCE = 5
# How often one person may say what a drawing is: its page, its reviewers and every further label
# read all of its labels.
MOST_LABELS = 100


class NotAllowed(Exception):
    """This person may not say what that drawing is, or not once more."""


def label(*, drawing: Drawing, author: User, digit: int | None) -> Label:
    """Adds a label: 0 to 9, or None for "not a digit". For the owner it has the role of owner, for
    a reviewer of other people's drawings that of reviewer.

    From the owner's next stroke on, the drawing is an exemplar. Raises NotAllowed, and
    Drawing.DoesNotExist if it was deleted meanwhile.
    """
    role, shape = _role(drawing, author), exemplars.shape_of(drawing)
    with transaction.atomic():
        _hold([drawing.pk])
        _refuse_endless([drawing.pk], author)
        return _add_label(drawing, author=author, role=role, digit=digit, shape=shape)


def label_each(ids: Collection[int], *, author: User, digit: int | None) -> None:
    """Labels each of these drawings as `label` does: all of them, or, if it raises, none."""
    whole = Drawing.objects.filter(pk__in=ids).select_related("upload")
    shapes = {one.pk: exemplars.shape_of(one) for one in whole.iterator(chunk_size=READ_AT_ONCE)}
    with transaction.atomic():
        held = _hold(ids)
        _refuse_endless(ids, author)
        for drawing in held:
            role, shape = _role(drawing, author), shapes.get(drawing.pk)
            _add_label(drawing, author=author, role=role, digit=digit, shape=shape)


def _refuse_endless(ids: Collection[int], author: User) -> None:
    """Raises NotAllowed if the author has said of one of these drawings as often as allowed what it
    is."""
    said = Label.objects.filter(drawing__in=ids, author=author).order_by("drawing")
    counts = said.values_list("drawing").annotate(count=Count("pk"))
    if full := counts.filter(count__gte=MOST_LABELS).first():
        raise NotAllowed(
            f"You have labelled drawing {full[0]} {MOST_LABELS} times, the most there is."
        )


def _add_label(
    drawing: Drawing,
    *,
    author: User,
    role: Label.Role,
    digit: int | None,
    shape: exemplars.Shape | None,
) -> Label:
    added = Label.objects.create(drawing=drawing, author=author, role=role, digit=digit)
    current.record_label(drawing, added)
    exemplars.follow_label(drawing, shape)
    return added


def withdraw_label(drawing: Drawing) -> None:
    """Withdraws the owner's label, if there is one. Raises Drawing.DoesNotExist if the drawing was
    deleted meanwhile."""
    withdraw_labels([drawing.pk])


def withdraw_labels(ids: Collection[int]) -> int:
    """Withdraws the owners' labels of all these drawings or, if it raises, of none. Returns how
    many had one. Raises as `withdraw_label`."""
    with transaction.atomic():
        said = [drawing for drawing in _hold(ids) if drawing.owner_label_id is not None]
        for drawing in said:
            withdrawal = Label.objects.create(
                drawing=drawing, author_id=drawing.owner_id, role=Label.Role.OWNER, withdrawn=True
            )
            current.record_withdrawal(drawing, withdrawal)
            exemplars.follow_label(drawing)
    return len(said)


def _hold(ids: Collection[int]) -> list[Drawing]:
    """The drawings, locked against deletion until the transaction ends. Raises
    Drawing.DoesNotExist.

    Each transaction locks all of its drawings, ordered by id, before it writes: otherwise two could
    deadlock.
    """
    held = Drawing.objects.select_for_update().only("owner", "owner_label").order_by("pk")
    found = list(held.filter(pk__in=ids))
    missing = set(ids) - {drawing.pk for drawing in found}
    if missing:
        raise Drawing.DoesNotExist(f"Drawing {min(missing)} is not there.")
    return found


def _role(drawing: Drawing, author: User) -> Label.Role:
    if drawing.owner_id == author.pk:
        return Label.Role.OWNER
    if author.has_perm(roles.REVIEW):
        return Label.Role.REVIEWER
    raise NotAllowed("Only its owner and reviewers may say what a drawing is.")
