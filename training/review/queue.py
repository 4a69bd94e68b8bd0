"""Which drawings a reviewer should see, in which order.

The most useful drawings come first: `Drawing.doubt` gives the order, and is indexed. Drawings that
a reviewer has labelled are left out, unless people disagree and this reviewer is not one of them.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from recognizer.inference.verdicts import Verdict
from recognizer.models import Drawing, DrawingQuerySet, Label, User
from training.models import DatasetRevision, DatasetSample, SpotCheck
from training.review import claims

# How many drawings a filter without an index of its own looks through.
WINDOW = 1_000
MOST_COUNTED = 1000

DrawingIds = QuerySet[Any, int]

DOUBTS = {
    "disagreed": Drawing.Doubt.DISAGREED,
    "disputed": Drawing.Doubt.DISPUTED,
    "unsure": Drawing.Doubt.UNSURE,
    "not_a_digit": Drawing.Doubt.NOT_A_DIGIT,
    "sure": Drawing.Doubt.NONE,
}
SURE = "sure"
OUTCOMES = ("unlabelled", "right")
SET_ASIDE = "set_aside"
NO_DIGIT = "none"


@dataclass(frozen=True)
class Filters:
    """The filters of the queue.

    state: one of DOUBTS or OUTCOMES, SET_ASIDE (of the newest dataset), or empty. digit: the
    answer's, as a character, or NO_DIGIT. least, most: the answer's confidence, 0 to 1. owner: a
    user's id. version: the one that answered.
    """

    state: str = ""
    digit: str = ""
    least: float | None = None
    most: float | None = None
    owner: int | None = None
    version: int | None = None

    @property
    def are_set(self) -> bool:
        return self != Filters()

    @property
    def reveal_answers(self) -> bool:
        """Whether these filters reveal something about the answers."""
        state = "" if self.state == SET_ASIDE else self.state
        return replace(self, owner=None, version=None, state=state) != Filters()

    @property
    def need_window(self) -> bool:
        """Whether the index of the queue's order does not suffice for them."""
        return replace(self, state="") != Filters() or self.state in OUTCOMES

    def apply(self, drawings: DrawingQuerySet) -> DrawingQuerySet:
        return drawings.filter(
            _if(self.state in DOUBTS, doubt=DOUBTS.get(self.state))
            & _if(self.state == SURE, verdict=Verdict.DIGIT)
            & _if(self.state in OUTCOMES, outcome=self.state)
            & _if(self.digit == NO_DIGIT, digit=None)
            & _if(self.digit.isdecimal(), digit=self.digit)
            & _if(self.least is not None, answer__confidence__gte=self.least)
            & _if(self.most is not None, answer__confidence__lte=self.most)
            & _if(self.owner is not None, owner=self.owner)
            & _if(self.version is not None, answer__model_version=self.version)
        )


def _if(wanted: bool, **condition: object) -> Q:
    return Q(**condition) if wanted else Q()


ALL = Filters()


def waiting_for(
    reviewer: User, filters: Filters = ALL, *, own_claims: bool = False, answers_seen: bool = False
) -> DrawingIds:
    """The ids of the drawings that this reviewer may be shown, the most useful first.

    Left out are drawings of people who opted out of training, the reviewer's own, those they
    skipped within a day, and those that others have claimed. What the reviewer has claimed is
    included only with `own_claims`. If the reviewer sees the answers, or a filter reveals them,
    drawings chosen at random are left out: their labels must not depend on the answer.
    """
    drawings = filters.apply(Drawing.objects.all())
    if answers_seen or filters.reveal_answers:
        drawings = drawings.exclude(Q(reviewed=False) & is_drawn_at_random())
    if filters.state == SET_ASIDE:
        return _set_aside(_free(drawings, reviewer, own_claims))
    drawings = among(drawings, reviewer, own_claims=own_claims)
    if filters.need_window:
        drawings = drawings.filter(pk__in=_window(filters))
    return drawings.values_list("pk", flat=True)


def among(
    drawings: DrawingQuerySet, reviewer: User, *, own_claims: bool = False
) -> DrawingQuerySet:
    """Those of the drawings that wait for this reviewer, by the rules of `waiting_for`."""
    mine = Label.objects.filter(drawing=OuterRef("pk"), author=reviewer)
    return _free(drawings, reviewer, own_claims).to_review().exclude(Exists(mine))


def remaining(reviewer: User, filters: Filters = ALL, *, answers_seen: bool = False) -> int:
    """How many there are, counted up to MOST_COUNTED."""
    waiting = waiting_for(reviewer, filters, own_claims=True, answers_seen=answers_seen)
    return waiting[:MOST_COUNTED].count()


def is_drawn_at_random() -> Exists:
    """A condition on drawings: whether they are among those that measure the accuracy."""
    return Exists(SpotCheck.objects.filter(drawing=OuterRef("pk")))


def _free(drawings: DrawingQuerySet, reviewer: User, own_claims: bool) -> DrawingQuerySet:
    others = drawings.may_teach().exclude(owner=reviewer)
    claimed = claims.is_claimed(by_others_than=reviewer) if own_claims else claims.is_claimed()
    return others.exclude(claimed).exclude(claims.is_skipped(reviewer))


def _window(filters: Filters) -> QuerySet[Any, Any]:
    """The drawings that the filter looks through, found by index."""
    if filters.owner is not None:
        newest = Drawing.objects.filter(owner=filters.owner).order_by("-created_at")
    else:
        newest = Drawing.objects.to_review()
        if filters.state in DOUBTS:
            newest = newest.filter(doubt=DOUBTS[filters.state])
    return newest.values("pk")[:WINDOW]


def _set_aside(drawings: DrawingQuerySet) -> DrawingIds:
    """Of the newest dataset, where the label is still the one that was set aside."""
    newest = DatasetRevision.objects.used().order_by("-pk").values("pk")[:1]
    aside = DatasetSample.objects.filter(dataset=newest).exclude(set_aside="").order_by("-doubt")
    still = drawings.filter(pk=OuterRef("drawing_id"), label=OuterRef("label_id"))
    return aside.filter(Exists(still)).values_list("drawing_id", flat=True)
