"""Imports: uploaded files of labelled drawings, and their rows until these are stored."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.db import models

from recognizer.models.drawings import IS_A_DIGIT

# Rows that one transaction deletes at most: one person may have very many, and on SQLite nobody
# else can save meanwhile.
DELETED_AT_ONCE = 100


class GivenLabel(NamedTuple):
    """Whether there is a label, and its digit, None for "not a digit"."""

    labelled: bool
    digit: int | None


class ImportQuerySet(models.QuerySet["Import"]):
    """Queries on imports."""

    def delete_in_parts(self) -> None:
        """Deletes these imports with their rows, in several transactions."""
        ImportRow.objects.filter(source__in=self.order_by()).delete_in_parts()
        self.delete()


class ImportRowQuerySet(models.QuerySet["ImportRow"]):
    """Queries on rows of imports."""

    def delete_in_parts(self) -> None:
        """Deletes these rows, in several transactions."""
        rows = self.order_by().values_list("pk", flat=True)
        while batch := list(rows[:DELETED_AT_ONCE]):
            ImportRow.objects.filter(pk__in=batch).delete()


class Import(models.Model):
    """A file of drawings, split into rows, which are checked first, and stored when its owner
    agrees.

    `position` is the number of the last row that the current state is done with. A worker updates
    it by compare-and-swap, in the transaction that writes the rows' results.
    """

    class State(models.TextChoices):
        CHECKING = "checking", "being checked"
        CHECKED = "checked", "waiting for your confirmation"
        STORING = "storing", "being stored"
        DONE = "done", "done"

    WORKING = (State.CHECKING, State.STORING)
    NOT_STARTED = (State.CHECKING, State.CHECKED)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports"
    )
    name = models.CharField(max_length=200, help_text="Of the file.")
    state = models.CharField(max_length=8, choices=State, default=State.CHECKING)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    position = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="Rows.")
    kept = models.PositiveIntegerField(default=0, help_text="Stored as drawings.")
    known = models.PositiveIntegerField(default=0, help_text="Stored already, or twice here.")
    refused = models.PositiveIntegerField(default=0)
    unused_labels = models.PositiveIntegerField(
        default=0, help_text="Labels of known drawings that are labelled otherwise, or not yet."
    )

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"],
                condition=~models.Q(state="done"),
                name="one_open_import_a_person",
            )
        ]

    def __str__(self) -> str:
        return f"import {self.pk} of {self.name}"

    @property
    def ready(self) -> int:
        """How many drawings can be stored, once all rows are checked."""
        return self.total - self.known - self.refused

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING


class ImportRow(models.Model):
    """One drawing of a file. It is deleted once it is stored; a refused one stays for the
    report."""

    class State(models.TextChoices):
        NEW = "new", "not yet looked at"
        READY = "ready", "can be stored"
        KEPT = "kept", "stored"
        KNOWN = "known", "stored already"
        REFUSED = "refused", "refused"

    source = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="From 1, in the file’s order.")
    place = models.CharField(max_length=300, help_text="As a person finds it: a line, or a file.")
    is_picture = models.BooleanField(help_text="`content` is a picture, not a line of JSON.")
    content = models.BinaryField()
    said = models.CharField(max_length=40, help_text="The label that stands beside a picture.")
    state = models.CharField(max_length=7, choices=State, default=State.NEW)
    refusal = models.CharField(max_length=500, help_text="Why, in one sentence.")
    # For a row that is ready.
    labelled = models.BooleanField(default=False)
    digit = models.PositiveSmallIntegerField(null=True, help_text="None for “not a digit”.")
    key = models.CharField(max_length=80, help_text="The drawing’s idempotency key.")
    original = models.BigIntegerField(null=True, help_text="The drawing that was exported.")
    size = models.PositiveIntegerField(default=0, help_text="Bytes, as the quota counts them.")
    # Not written to the row: it is counted from the row's state.
    label_is_unused = False

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="one_row_a_number"),
            models.CheckConstraint(condition=IS_A_DIGIT, name="import_row_is_a_digit_or_none"),
        ]
        indexes = [models.Index(fields=["source", "key"], name="rows_by_key")]

    def __str__(self) -> str:
        return f"{self.place} of import {self.source_id}"

    @property
    def given_label(self) -> GivenLabel:
        return GivenLabel(self.labelled, self.digit)

    def is_known(self, label: GivenLabel) -> None:
        """Records that the drawing is stored already, with this label of its owner's, which
        stays."""
        self.state, self.content = self.State.KNOWN, b""
        self.label_is_unused = self.labelled and self.given_label != label

    def refuse(self, sentence: str) -> None:
        """Records why it cannot be stored, and clears its content."""
        self.state, self.refusal = self.State.REFUSED, sentence[:500]
        self.content, self.key = b"", ""
