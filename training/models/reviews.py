"""Who looks at which drawing just now."""

from django.conf import settings
from django.db import models

from recognizer.models import Drawing


class Claim(models.Model):
    """A drawing that one reviewer was shown: until then nobody else is shown it."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="claim")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="claims"
    )
    until = models.DateTimeField(db_index=True)
    at_random = models.BooleanField(
        default=False, help_text="Of the random tenth, which measures without flattery."
    )

    def __str__(self) -> str:
        return f"drawing {self.drawing_id} with {self.reviewer_id}"
