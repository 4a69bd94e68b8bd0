"""Writes the audit log, and deletes old entries."""

import datetime as dt

from allauth.core import context
from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from digitsite.server.client_address import network_of
from recognizer.models import AuditEvent, User

Kind = AuditEvent.Kind


def record(kind: Kind, *, by: User | None = None, person: User | None = None, about: str) -> None:
    """Adds an event. `by` defaults to the signed-in user. `about` names no person and holds no
    secret."""
    request = context.request
    AuditEvent.objects.create(
        kind=kind,
        by=by or signed_in_user(request),
        person=person,
        about=about[: AuditEvent._meta.get_field("about").max_length],
        address=get_client_ip(request) if request else None,
    )


def record_once_in(period: dt.timedelta, kind: Kind, *, about: str) -> None:
    """Records what the signed-in user did, unless they did the same within this time from the same
    network: otherwise one person could fill the log."""
    request = context.request
    same = AuditEvent.objects.filter(kind=kind, by=signed_in_user(request), about=about)
    lately = same.filter(at__gt=timezone.now() - period).values_list("address", flat=True)
    here = (request and get_client_ip(request)) or ""
    if network_of(here) not in [network_of(address or "") for address in lately]:
        record(kind, about=about)


def signed_in_user(request: HttpRequest | None) -> User | None:
    """The signed-in user."""
    user = getattr(request, "user", None)
    return user if isinstance(user, User) and user.pk else None


def erase_expired() -> None:
    """Deletes events older than AUDIT_DAYS."""
    expired = timezone.now() - dt.timedelta(days=settings.AUDIT_DAYS)
    AuditEvent.objects.filter(at__lt=expired).delete()
