"""Writes the audit log: `record`, what calls it when Django, allauth and knox tell of an act, and
the middleware that notes what signed-in people were denied."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import (
    email_added,
    email_changed,
    email_confirmed,
    email_removed,
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
)
from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_login_failed
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views import View

from recognizer.accounts.backends import meant
from recognizer.models import ApiToken, AuditEvent, User

Kind = AuditEvent.Kind
# The same person is denied the same thing again and again: that is noted once in so long.
DENIED_ONCE_IN = dt.timedelta(minutes=1)
# What a user's row itself says of what they may do; and what it says of anybody new.
STANDING = {"is_active": "active", "is_staff": "staff", "is_superuser": "superuser"}
NEW_STANDING = {"is_active": True, "is_staff": False, "is_superuser": False}
DONE = {"post_add": "given", "post_remove": "taken", "post_clear": "all taken"}


def record(kind: Kind, *, by: User | None = None, person: User | None = None, about: str) -> None:
    """Adds an act. `by`: whoever is signed in, where nobody is given. `about` names no person, and
    holds no secret."""
    request = context.request
    AuditEvent.objects.create(
        kind=kind,
        by=by or _asking(request),
        person=person,
        about=about[: AuditEvent._meta.get_field("about").max_length],
        address=get_client_ip(request) if request else None,
    )


def _asking(request: HttpRequest | None) -> User | None:
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.pk else None


def erase_expired() -> None:
    """Deletes what is older than AUDIT_DAYS."""
    expired = timezone.now() - dt.timedelta(days=settings.AUDIT_DAYS)
    AuditEvent.objects.filter(at__lt=expired).delete()


# Signing in -------------------------------------------------------------------------------------


@receiver(user_logged_in)
def _signed_in(user: User, **_: Any) -> None:
    record(Kind.SIGN_IN, by=user, person=user, about="")


@receiver(user_login_failed)
def _failed(credentials: dict[str, Any], **_: Any) -> None:
    """Of the name only whose it is: people type passwords into the wrong field."""
    record(Kind.SIGN_IN_FAILED, person=meant(**credentials), about="")


@receiver(password_changed)
@receiver(password_reset)
@receiver(password_set)
def _password(signal: object, user: User, **_: Any) -> None:
    about = "reset by mail" if signal is password_reset else ""
    record(Kind.PASSWORD, by=user, person=user, about=about)


@receiver(email_added)
@receiver(email_removed)
@receiver(email_confirmed)
def _email(signal: object, email_address: EmailAddress, **_: Any) -> None:
    acts = {email_added: "added", email_removed: "removed"}
    record(Kind.EMAIL, person=email_address.user, about=acts.get(signal, "verified"))


@receiver(email_changed)
def _primary_email(user: User, **_: Any) -> None:
    record(Kind.EMAIL, person=user, about="another is primary")


@receiver(authenticator_added)
@receiver(authenticator_removed)
@receiver(authenticator_reset)
def _second_factor(signal: object, user: User, authenticator: Authenticator, **_: Any) -> None:
    acts = {authenticator_added: "added", authenticator_removed: "removed"}
    about = f"{authenticator.get_type_display()} {acts.get(signal, 'made anew')}"
    record(Kind.SECOND_FACTOR, by=user, person=user, about=about)


@receiver(authentication_failed)
def _second_factor_failed(user: User, **_: Any) -> None:
    record(Kind.SECOND_FACTOR_FAILED, person=user, about="")


# Tokens and roles -------------------------------------------------------------------------------


@receiver(post_save, sender=ApiToken)
def _token_made(instance: ApiToken, created: bool, **_: Any) -> None:
    if created:
        record(Kind.TOKEN_MADE, person=instance.user, about=instance.scope_names)


@receiver(post_delete, sender=ApiToken)
def _token_revoked(instance: ApiToken, origin: Any, **_: Any) -> None:
    """Not that it ended, or went with its person's account."""
    has_ended = instance.expiry is not None and instance.expiry < timezone.now()
    if not has_ended and getattr(origin, "model", type(origin)) is ApiToken:
        record(Kind.TOKEN_REVOKED, person=instance.user, about=instance.scope_names)


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
def _standing_before(instance: User, update_fields: Iterable[str] | None, **_: Any) -> None:
    """Kept for `_standing`, which can name who is only made now."""
    watched = STANDING.keys() & (STANDING if update_fields is None else update_fields)
    before = User.objects.filter(pk=instance.pk).values(*watched).first() if watched else {}
    instance._standing_before = NEW_STANDING if before is None else before  # type: ignore[attr-defined]


@receiver(post_save, sender=User)
def _standing(instance: User, **_: Any) -> None:
    for name, before in instance._standing_before.items():  # type: ignore[attr-defined]
        if getattr(instance, name) != before:
            act = "taken" if before else "given"
            record(Kind.ROLE, person=instance, about=f"{act}: {STANDING[name]}")


# Accounts and the admin -------------------------------------------------------------------------


@receiver(pre_delete, sender=User)
def _leaves(instance: User, **_: Any) -> None:
    """What they did stays, without who they were: the database forgets the person, this the
    addresses they came from, and the name in the admin's own log."""
    AuditEvent.objects.filter(by=instance).update(address=None)
    AuditEvent.objects.filter(person=instance, by=None).update(address=None)
    kind = ContentType.objects.get_for_model(User)
    LogEntry.objects.filter(content_type=kind, object_id=instance.pk).update(object_repr="")
    asking = _asking(context.request)
    by = None if asking == instance else asking
    AuditEvent.objects.create(kind=Kind.ACCOUNT_DELETED, by=by, about=f"user {instance.pk}")


@receiver(post_save, sender=LogEntry)
def _in_admin(instance: LogEntry, **_: Any) -> None:
    """Without the words of the admin's own log, which name people."""
    act, kind = instance.get_action_flag_display(), instance.content_type
    done_in_admin(act, kind.name if kind else "", [instance.object_id], _changed_fields(instance))


def _changed_fields(entry: LogEntry) -> list[str]:
    """Verbose names."""
    acts = json.loads(entry.change_message or "[]")
    return [name for act in acts for name in act.get("changed", {}).get("fields", [])]


def done_in_admin(act: str, kind: str, keys: Iterable[object], fields: Iterable[str] = ()) -> None:
    # A token's key is no number, but its hash.
    numbers = [str(key) for key in keys if str(key).isdecimal()]
    changed = f" ({', '.join(fields)})" if fields else ""
    record(Kind.ADMIN, about=f"{act}: {kind} {', '.join(numbers)}{changed}".strip())


def password_set_in_admin(user: User) -> None:
    record(Kind.PASSWORD, person=user, about="in the admin")


# Denials ----------------------------------------------------------------------------------------


def note_denials(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware: notes each 403 that somebody who is signed in gets."""

    def respond(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code == 403 and _asking(request):
            _denied(request)
        return response

    return respond


def _denied(request: HttpRequest) -> None:
    # The route, not the address: that may say whose.
    route = request.resolver_match.route if request.resolver_match else ""
    # Whoever makes up methods would fill the log.
    known = str(request.method).lower() in View.http_method_names
    about = f"{request.method if known else 'another method'} /{route}"
    lately = AuditEvent.objects.filter(at__gt=timezone.now() - DENIED_ONCE_IN)
    if not lately.filter(kind=Kind.DENIED, by=_asking(request), about=about).exists():
        record(Kind.DENIED, about=about)
