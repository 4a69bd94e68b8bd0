"""Logs changes of what people and programs may do: tokens, roles, account status."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils import timezone

from recognizer.accounts.audit.log import Kind, record
from recognizer.models import ApiToken, User

# The columns of a user's row that give rights, with their values for a new user.
STATUS = {"is_active": "active", "is_staff": "staff", "is_superuser": "superuser"}
NEW_ACCOUNT = {"is_active": True, "is_staff": False, "is_superuser": False}
DONE = {"post_add": "given", "post_remove": "taken", "post_clear": "all taken"}


@receiver(post_save, sender=ApiToken)
def _token_made(instance: ApiToken, created: bool, **_: Any) -> None:
    if created:
        record(Kind.TOKEN_MADE, person=instance.user, about=", ".join(instance.scopes))


@receiver(post_delete, sender=ApiToken)
def _token_revoked(instance: ApiToken, origin: Any, **_: Any) -> None:
    """Records a revoked token, but not one that expired or went with its owner's account."""
    has_ended = instance.expiry is not None and instance.expiry < timezone.now()
    if not has_ended and getattr(origin, "model", type(origin)) is ApiToken:
        record(Kind.TOKEN_REVOKED, person=instance.user, about=", ".join(instance.scopes))


@receiver(m2m_changed, sender=User.groups.through)
@receiver(m2m_changed, sender=User.user_permissions.through)
def _role(
    instance: Model, action: str, reverse: bool, model: type[Model], pk_set: set[int], **_: Any
) -> None:
    if action not in DONE:
        return
    changed = model._default_manager.filter(pk__in=pk_set or ())
    people: Iterable[Any] = changed if reverse else [instance]
    names = [str(one) for one in ([instance] if reverse else changed)]
    for person in people:
        record(Kind.ROLE, person=person, about=f"{DONE[action]}: {', '.join(names)}")


@receiver(m2m_changed, sender=Group.permissions.through)
def _role_itself(
    instance: Model, action: str, model: type[Model], pk_set: set[int], **_: Any
) -> None:
    if action in DONE:
        names = ", ".join(str(one) for one in model._default_manager.filter(pk__in=pk_set or ()))
        record(Kind.ROLE, about=f"{instance}: {DONE[action]}: {names}")


@receiver(pre_save, sender=User)
def _status_before(instance: User, update_fields: Iterable[str] | None, **_: Any) -> None:
    """Keeps the earlier values for `_status`, which runs after the save, when a new user has an
    id to record."""
    watched = STATUS.keys() & (STATUS if update_fields is None else update_fields)
    before = User.objects.filter(pk=instance.pk).values(*watched).first() if watched else {}
    instance._status_before = NEW_ACCOUNT if before is None else before  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def _status(instance: User, **_: Any) -> None:
    for name, before in instance._status_before.items():  # type: ignore[attr-defined]
        if getattr(instance, name) != before:
            act = "taken" if before else "given"
            record(Kind.ROLE, person=instance, about=f"{act}: {STATUS[name]}")
