"""Users, and their tokens for the API."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.utils.functional import cached_property
from knox.models import AbstractAuthToken
from rest_framework.request import Request


class User(AbstractUser):  # type: ignore[django-manager-missing]  # knox
    """A person with an account."""

    teaches = models.BooleanField(
        "my drawings may train the model",
        default=True,
        help_text="When off, no drawing of this person is ever in a training set.",
    )
    personal_reading = models.BooleanField(
        "read digits the way I write them",
        default=True,
        help_text="When off, this person is told what the model version alone says.",
    )
    exemplars_revision = models.PositiveBigIntegerField(
        default=0,
        editable=False,
        help_text="Grows with every change of this person’s exemplars: processes compare it.",
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            # Usernames are matched in any case when signing in. (SQLite folds only ASCII; the forms
            # fold all letters.)
            models.UniqueConstraint(
                Lower("username"),
                name="one_name_in_any_case",
                violation_error_message="A person of this name, in other capitals, exists already.",
            )
        ]

    @cached_property
    def has_role(self) -> bool:
        """Whether it is worth asking for permissions: most people have none. Only pages use this:
        as part of every request's own query it took a seventh of the time to save a drawing."""
        granted = Q(groups__isnull=False) | Q(user_permissions__isnull=False)
        return self.is_superuser or User.objects.filter(granted, pk=self.pk).exists()


def signed_in(request: HttpRequest | Request) -> User:
    """The request's user, in a view that only signed-in people reach."""
    assert isinstance(request.user, User)
    return request.user


class Scope(models.TextChoices):
    """What a token may be used for."""

    DRAW = "draw", "read ink and save drawings"
    READ = "read", "see and export drawings"
    CORRECT = "correct", "say what drawings are, and delete them"
    REVIEW = "review", "review other people’s drawings, if you are allowed to"
    TRAIN = "train", "start and stop training runs, if you are allowed to"


def is_plain_line(text: str) -> None:
    """Raises ValidationError for text with line breaks, or with characters that change how the rest
    is displayed: the mail that warns of a new token quotes its name, whoever created it."""
    if not text.isprintable():
        raise ValidationError("It must be one line, without invisible characters.")


class ApiToken(AbstractAuthToken):
    """A token for the API. Only its SHA-512 is stored: the token is shown once, when it is created.
    `scopes` contains values of Scope; `last_used` is accurate to a minute."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=60, validators=[is_plain_line])
    scopes = models.JSONField(default=list)
    last_used = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created"]
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"

    @property
    def scope_names(self) -> str:
        return "; ".join(Scope(one).label for one in self.scopes)
