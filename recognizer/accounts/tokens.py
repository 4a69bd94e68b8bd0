"""Tokens for the API: created with scopes and an expiry date, at most MOST for a person."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from allauth.account.signals import password_reset
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from recognizer.models import ApiToken, AuditEvent, User

MOST = 20
# Each is mailed to its owner, and its end is recorded too.
MOST_A_DAY = 100
DAYS = 90
MOST_DAYS = 3650


class TooManyTokens(Exception):
    """The person has as many tokens as allowed. The message is one sentence."""


def make(user: User, *, name: str, scopes: Sequence[str], days: int | None) -> tuple[ApiToken, str]:
    """Creates a token that expires after so many days, or never with None. Returns it and its
    secret, which is not stored. Raises TooManyTokens."""
    expiry = None if days is None else dt.timedelta(days=days)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # of two at once, one counts the other
        ApiToken.objects.filter(user=user, expiry__lt=timezone.now()).delete()
        if ApiToken.objects.filter(user=user).count() >= MOST:
            raise TooManyTokens(f"You have {MOST} tokens already: revoke one first.")
        if _made_today(user) >= MOST_A_DAY:
            raise TooManyTokens(f"You created {MOST_A_DAY} tokens within a day: wait.")
        return ApiToken.objects.create(user=user, name=name, scopes=list(scopes), expiry=expiry)


def _made_today(user: User) -> int:
    lately = timezone.now() - dt.timedelta(days=1)
    made = AuditEvent.objects.filter(kind=AuditEvent.Kind.TOKEN_MADE, person=user)
    return made.filter(at__gt=lately).count()


def revoke(user: User, public_id: UUID) -> bool:
    """Revokes a token of the person. Returns whether it was there."""
    with transaction.atomic():
        # Of two at once, one waits, and finds none.
        mine = ApiToken.objects.filter(user=user, public_id=public_id)
        found = mine.select_for_update().first()
        if found is not None:
            found.delete()
    return found is not None


def revoke_all(user: User) -> None:
    """Revokes all tokens of the person."""
    ApiToken.objects.filter(user=user).delete()


@receiver(password_reset)
def _revoke_after_a_reset(user: User, **kwargs: object) -> None:
    """Whoever had to reset a password may have lost it to somebody who created tokens."""
    revoke_all(user)
