"""What people say that drawings are."""

from django.conf import settings
from django.db import models

from recognizer.models.drawings import IS_A_DIGIT, Drawing


class Label(models.Model):
    """What a person said that a drawing is. Never changed: a new one is added."""

    class Role(models.TextChoices):
        OWNER = "owner", "owner"
        REVIEWER = "reviewer", "reviewer"

    drawing = models.ForeignKey(Drawing, on_delete=models.CASCADE, related_name="labels")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="labels"
    )
    role = models.CharField(max_length=8, choices=Role)
    digit = models.PositiveSmallIntegerField(null=True, help_text="None for “not a digit”.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=IS_A_DIGIT, name="label_is_a_digit_or_none"),
        ]

    def __str__(self) -> str:
        return f"{'not a digit' if self.digit is None else self.digit} by {self.role}"

    @property
    def by_reviewer(self) -> bool:
        return self.role == self.Role.REVIEWER
