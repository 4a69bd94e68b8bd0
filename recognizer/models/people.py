"""Who draws, and the tokens with which their programs draw for them."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.http import HttpRequest
from knox.models import AbstractAuthToken
from rest_framework.request import Request


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox
    """A person with an account."""

    teaches = models.BooleanField(
        "my drawings may train the model",
        default=True,
        help_text="When off, no drawing of this person is ever in a training set.",
    )


def signed_in(request: HttpRequest | Request) -> User:
    """The request's user, where a view lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


class ApiToken(AbstractAuthToken):
    """A token for the API. Only its SHA-512 is stored: it is shown once, when it is made."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"
