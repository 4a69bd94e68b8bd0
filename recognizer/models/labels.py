"""Labels: what people say a drawing is."""

from django.conf import settings
from django.db import models

from recognizer.models.drawings import IS_A_DIGIT, Drawing


class Label(models.Model):
    """What a person said that a drawing is. Never changed: a new one is added. A withdrawn label
    says nothing, and means that its author's earlier labels no longer count."""

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        REVIEWER = "reviewer", "reviewer"

    drawing = models.ForeignKey(Drawing, on_delete=models.CASCADE, related_name="labels")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="labels"
    )
    role = models.CharField(max_length=8, choices=Role)
    digit = models.PositiveSmallIntegerField(null=True, help_text="None for “not a digit”.")
    withdrawn = models.BooleanField(default=False, help_text="Takes back what its author said.")
    imported = models.BooleanField(
        default=False, help_text="Came with its drawing in a file: nobody was shown an answer."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            # An index of the few reviewers' labels: the newest are found without going through
            # owners'.
            models.Index(
                fields=["id"], condition=models.Q(role="reviewer"), name="labels_of_reviewers"
            ),
            # Without imported labels: one file may hold thousands.
            models.Index(fields=["id"], condition=models.Q(imported=False), name="labels_given"),
        ]
        constraints = [
            models.CheckConstraint(condition=IS_A_DIGIT, name="label_is_a_digit_or_none"),
            models.CheckConstraint(
                condition=models.Q(withdrawn=False) | models.Q(digit=None),
                name="withdrawn_label_says_nothing",
            ),
        ]

    def __str__(self) -> str:
        if self.withdrawn:
            return f"withdrawn by {self.role}"
        return f"{'not a digit' if self.digit is None else self.digit} by {self.role}"

    @property
    def by_reviewer(self) -> bool:
        return self.role == self.Role.REVIEWER
