"""Links with which owners share a drawing with anybody."""

import secrets

from django.db import models

from recognizer.models.drawings import Drawing

BYTES = 16


def new_token() -> str:
    """A name for an address that nobody can guess."""
    return secrets.token_urlsafe(BYTES)


class Share(models.Model):
    """A link to one drawing and its answer, until its owner removes it."""

    drawing = models.OneToOneField(Drawing, on_delete=models.CASCADE, related_name="share")
    token = models.CharField(max_length=32, unique=True, default=new_token)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"drawing {self.drawing_id}"
