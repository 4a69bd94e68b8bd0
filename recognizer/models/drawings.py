"""Drawings, and the images of uploaded ones."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from recognizer.inference.verdicts import NO_DIGIT, Verdict
from recognizer.ink import image_files
from recognizer.ink import strokes as ink_strokes
from recognizer.ink.arrays import Picture

if TYPE_CHECKING:
    from recognizer.models.people import User

# The review queue doubts answers below these. `Drawing.doubt` stores what follows from them: a
# change needs a migration.
SMALL_MARGIN, SURELY_A_DIGIT = 0.5, 0.8
IS_A_DIGIT = Q(digit__isnull=True) | Q(digit__range=(0, 9))
PRESENT, DELETED = Q(deleted_at__isnull=True), Q(deleted_at__isnull=False)
# The same rule as verdicts.is_right.
RIGHT = Q(verdict=Verdict.DIGIT, digit=F("truth")) | Q(verdict__in=NO_DIGIT, truth__isnull=True)


class DrawingQuerySet(models.QuerySet["Drawing"]):
    """Queries on drawings."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)

    def deleted(self) -> Self:
        """Deleted drawings that their owners can still restore; of `all_objects` only."""
        return self.filter(DELETED)

    def waiting(self) -> Self:
        """Never answered."""
        return self.filter(answer=None)

    def answered(self, digit: int) -> Self:
        return self.filter(digit=digit)

    def in_state(self, state: str) -> Self:
        """In one of Outcome's states: `unsure` has an answer without a digit; the others are
        outcomes."""
        if state == Drawing.Outcome.UNSURE:
            return self.filter(digit=None, answer__isnull=False).exclude(verdict=Verdict.NUMBER)
        if state == Drawing.Outcome.UNLABELLED:
            return self.filter(truth_given=False)
        return self.filter(outcome=state)

    def drawn_from(self, moment: dt.datetime) -> Self:
        return self.filter(created_at__gte=moment)

    def drawn_until(self, moment: dt.datetime) -> Self:
        return self.filter(created_at__lte=moment)

    def with_answers(self) -> Self:
        """Joins the answers and labels."""
        related = ["answer__personal__exemplar", "label", "owner_label"]
        return self.select_related(*related).defer("answer__personal__exemplar__strokes")

    def for_list(self) -> Self:
        """Joins what a list shows, without the strokes."""
        return self.with_answers().defer("strokes", "answer__personal__exemplar__strokes")

    def may_teach(self) -> Self:
        """Drawings of people who allow training on theirs, and whose account is not closed: what it
        was closed for must not be learned, and they can no longer say no."""
        return self.filter(owner__teaches=True, owner__is_active=True)

    def to_review(self) -> Self:
        """Drawings that a reviewer should see, by Doubt, then newest first."""
        return self.filter(doubt__isnull=False).order_by("doubt", "-pk")


class PresentDrawings(models.Manager.from_queryset(DrawingQuerySet)):  # type: ignore[misc]
    """The default manager: without deleted drawings."""

    def get_queryset(self) -> DrawingQuerySet:
        return super().get_queryset().filter(PRESENT)


class Drawing(models.Model):
    """Ink as a person drew it. Its strokes (or its upload) are the truth; pixels are derived.

    `answer` is the prediction of the champion, or of an earlier one, and `label` the current label.
    `verdict`, `digit`, `margin`, `is_digit` and `truth` are copied from those two, and `outcome`
    and `doubt` follow from them, so that indexes suffice to filter a history and to order the
    review queue. Only `recognizer.answers.stored.current` writes them.
    """

    class Outcome(models.TextChoices):
        RIGHT = "right", "right"
        WRONG = "wrong", "wrong"
        UNSURE = "unsure", "nothing read"
        UNLABELLED = "unlabelled", "unlabelled"

    class Doubt(models.IntegerChoices):
        """Why a reviewer should see a drawing, in the queue's order."""

        DISAGREED = 1, "the owner and the model disagree"
        DISPUTED = 2, "two people disagree"
        UNSURE = 3, "the model is unsure"
        NOT_A_DIGIT = 4, "it may be no digit"
        NONE = 5, "nobody doubts it"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="drawings",
        db_index=False,  # `owned` is one
    )
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(
        null=True, editable=False, help_text="By its owner, who may still bring it back."
    )
    uploaded = models.BooleanField(default=False, help_text="An image, not strokes.")
    strokes = models.JSONField(null=True, blank=True, help_text="None for an uploaded image.")
    width = models.FloatField(help_text="Of the canvas, in its own units; pixels of an upload.")
    height = models.FloatField()
    read_alone = models.BooleanField(
        null=True, editable=False, help_text="Not the way its owner writes, who asked for that."
    )
    claimed_until = models.DateTimeField(
        null=True, editable=False, help_text="Until then a worker has it to answer."
    )
    idempotency_key = models.CharField(max_length=200, null=True, blank=True, editable=False)

    answer = models.ForeignKey(
        "Prediction", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    verdict = models.CharField(max_length=11, null=True, editable=False, help_text="The answer’s.")
    digit = models.PositiveSmallIntegerField(null=True, editable=False)
    label = models.ForeignKey(
        "Label", on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    truth = models.PositiveSmallIntegerField(null=True, editable=False)
    truth_given = models.BooleanField(default=False, editable=False)
    reviewed = models.BooleanField(default=False, editable=False)
    owner_label = models.ForeignKey(
        "Label",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        db_index=False,  # said_by_owner is enough
        help_text="What its owner said last, whether that counts or not.",
    )
    disputed = models.BooleanField(
        default=False, editable=False, help_text="People disagree, and no two of them agree."
    )
    margin = models.FloatField(
        null=True, editable=False, help_text="Of the answer: its best probability less its second."
    )
    is_digit = models.FloatField(null=True, editable=False, help_text="The answer’s.")
    outcome = models.CharField(max_length=10, default="waiting", editable=False)
    doubt = models.PositiveSmallIntegerField(null=True, choices=Doubt, editable=False)

    objects = PresentDrawings()
    all_objects = DrawingQuerySet.as_manager()  # deleted ones too

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [("review_drawing", "Can review other people’s drawings")]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_key"], name="one_drawing_per_idempotency_key"
            ),
            models.CheckConstraint(
                condition=Q(uploaded=True, strokes__isnull=True)
                | Q(uploaded=False, strokes__isnull=False),
                name="strokes_or_upload",
            ),
        ]
        indexes = [
            # Indexes of a history hold no deleted drawings: a history stays fast for a person who
            # has deleted very many.
            models.Index(fields=["owner", "-created_at"], name="history", condition=PRESENT),
            models.Index(
                fields=["owner", "digit", "-created_at"],
                name="history_by_digit",
                condition=PRESENT,
            ),
            models.Index(
                fields=["owner", "outcome", "-created_at"],
                name="history_by_outcome",
                condition=PRESENT,
            ),
            models.Index(
                fields=["owner", "digit", "outcome", "-created_at"],
                name="history_by_both",
                condition=PRESENT,
            ),
            models.Index(
                fields=["owner", "-created_at"],
                name="history_unlabelled",
                condition=PRESENT & Q(truth_given=False),
            ),
            models.Index(
                fields=["owner", "digit", "-created_at"],
                name="history_unlabelled_by_digit",
                condition=PRESENT & Q(truth_given=False),
            ),
            models.Index(
                # Includes `digit`, though it is always null here: otherwise SQLite prefers
                # history_by_digit.
                fields=["owner", "digit", "-created_at"],
                name="history_unsure",
                condition=PRESENT & Q(digit=None, answer__isnull=False),
            ),
            models.Index(fields=["owner", "-created_at"], name="lately_deleted", condition=DELETED),
            models.Index(fields=["deleted_at"], name="by_deletion", condition=DELETED),
            models.Index(fields=["owner"], name="owned"),
            models.Index(fields=["created_at"], name="waiting", condition=PRESENT & Q(answer=None)),
            models.Index(
                fields=["doubt", "-id"],
                name="to_review",
                condition=PRESENT & Q(doubt__isnull=False),
            ),
            models.Index(
                fields=["owner_label"],
                name="said_by_owner",
                condition=Q(owner_label__isnull=False),
            ),
            # The drawings that a dataset consists of: few among all.
            models.Index(fields=["id"], name="labelled", condition=PRESENT & Q(truth_given=True)),
        ]

    def __str__(self) -> str:
        return f"drawing {self.pk}"

    def ink(self) -> ink_strokes.Strokes:
        """The parsed strokes. Not for an upload."""
        return ink_strokes.parse(self.strokes, width=self.width, height=self.height)


# `outcome` and `doubt` as expressions of a drawing's other columns.
OUTCOME = Case(
    When(answer__isnull=True, then=Value("waiting")),
    When(truth_given=False, then=Value(Drawing.Outcome.UNLABELLED)),
    When(RIGHT, then=Value(Drawing.Outcome.RIGHT)),
    default=Value(Drawing.Outcome.WRONG),
)
DOUBT = Case(
    When(answer__isnull=True, then=Value(None)),
    When(disputed=True, then=Value(Drawing.Doubt.DISPUTED)),
    When(reviewed=True, then=Value(None)),
    When(Q(truth_given=True) & ~RIGHT, then=Value(Drawing.Doubt.DISAGREED)),
    # `is_digit` and `margin` refer to all the ink together: they say nothing about several digits.
    When(verdict=Verdict.NUMBER, then=Value(Drawing.Doubt.NONE)),
    When(verdict=Verdict.SEVERAL, then=Value(Drawing.Doubt.UNSURE)),
    When(is_digit__lt=SURELY_A_DIGIT, then=Value(Drawing.Doubt.NOT_A_DIGIT)),
    When(Q(verdict=Verdict.UNSURE) | Q(margin__lt=SMALL_MARGIN), then=Value(Drawing.Doubt.UNSURE)),
    default=Value(Drawing.Doubt.NONE),
    output_field=models.PositiveSmallIntegerField(null=True),
)


class Upload(models.Model):
    """The image of an uploaded drawing: re-encoded as a PNG or JPEG, not the file that was sent.
    Its longer side has at most image_files.LONGEST pixels, so that it is decoded quickly."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="upload")
    content = models.BinaryField()

    def __str__(self) -> str:
        return f"upload of {self.drawing_id}"

    def image(self) -> Picture:
        """The pixels, as image_files.decode returns them. Raises BadImage for a file from before
        uploads were re-encoded that could not be converted in time."""
        return image_files.decode(bytes(self.content), formats=("PNG", "JPEG"), most_scans=1)
