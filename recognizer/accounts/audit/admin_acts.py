"""Logs what is done in the admin, and deleted accounts, whose names and addresses it erases."""

import json
from collections.abc import Iterable
from typing import Any

from allauth.core import context
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver

from recognizer.accounts.audit.log import Kind, record, signed_in_user
from recognizer.models import AuditEvent, User


@receiver(pre_delete, sender=User)
def _anonymise(instance: User, **_: Any) -> None:
    """The entries stay, without the person's identity: the database clears the reference to the
    person, and this clears their addresses and their name in the admin's own log."""
    AuditEvent.objects.filter(by=instance).update(address=None)
    AuditEvent.objects.filter(person=instance, by=None).update(address=None)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=instance.pk).update(object_repr="")
    by = signed_in_user(context.request)
    by = None if by == instance else by
    AuditEvent.objects.create(kind=Kind.ACCOUNT_DELETED, by=by, about=f"user {instance.pk}")


@receiver(post_save, sender=LogEntry)
def _in_admin(instance: LogEntry, **_: Any) -> None:
    """Omits the wording of the admin's own log, which names people."""
    act, kind = instance.get_action_flag_display(), instance.content_type
    done_in_admin(act, kind.name if kind else "", [instance.object_id], _changed_fields(instance))


def _changed_fields(entry: LogEntry) -> list[str]:
    """The verbose names of the changed fields."""
    acts = json.loads(entry.change_message or "[]")
    return [name for act in acts for name in act.get("changed", {}).get("fields", [])]


def done_in_admin(act: str, kind: str, keys: Iterable[object], fields: Iterable[str] = ()) -> None:
    # A token's key is a hash, not a number.
    numbers = [str(key) for key in keys if str(key).isdecimal()]
    changed = f" ({', '.join(fields)})" if fields else ""
    record(Kind.ADMIN, about=f"{act}: {kind} {', '.join(numbers)}{changed}".strip())


def password_set_in_admin(user: User) -> None:
    record(Kind.PASSWORD, person=user, about="in the admin")
