"""The admin of accounts, groups, tokens and second factors, and the audit log."""

from functools import wraps
from typing import Any

from allauth.account.admin import EmailAddress, EmailAddressAdmin
from allauth.mfa.admin import Authenticator  # which registers its own admin, with the secrets
from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from recognizer.accounts.audit import admin_acts
from recognizer.accounts.overrides.forms import AdminPasswordForm
from recognizer.admin.append_only import AppendOnly, Windowed
from recognizer.admin.confirmed import BySuperusers, Confirmed
from recognizer.models import ApiToken, AuditEvent, User


@admin.register(User)
class PersonAdmin(BySuperusers, UserAdmin):
    list_display = ["username", "email", "teaches", "is_staff", "date_joined"]
    list_filter = ["teaches", "is_staff", "is_active"]
    change_password_form = AdminPasswordForm
    fieldsets = (*UserAdmin.fieldsets, ("Training", {"fields": ["teaches"]}))  # type: ignore[misc]


@admin.register(ApiToken)
class TokenAdmin(Confirmed, AppendOnly):
    list_display = ["name", "user", "scope_names", "created", "expiry", "last_used"]
    fields = ["name", "user", "scope_names", "created", "expiry", "last_used"]
    search_fields = ["name", "user__username"]


admin.site.unregister([Group, EmailAddress, Authenticator])


@admin.register(Group)
class ConfirmedGroupAdmin(BySuperusers, GroupAdmin):
    pass


@admin.register(EmailAddress)
class ConfirmedAddressAdmin(BySuperusers, EmailAddressAdmin):
    pass


@admin.register(Authenticator)
class AuthenticatorAdmin(BySuperusers, AppendOnly):
    """Second factors, without their secrets. Staff delete lost ones here."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    fields = ["user", "type", "created_at", "last_used_at"]
    search_fields = ["user__username"]


@admin.register(AuditEvent)
class AuditEventAdmin(Windowed):
    """The audit log, read-only."""

    list_display = ["at", "kind", "by", "person", "about", "address"]
    list_filter = ["kind", "at"]
    list_select_related = ["by", "person"]
    search_fields = ["by__username", "person__username", "about", "address"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@wraps(delete_selected)
def delete_many(
    model_admin: admin.ModelAdmin, request: HttpRequest, chosen: QuerySet
) -> HttpResponse | None:
    """Django's method sends no signal for what it deletes where that is more than one row."""
    keys = list(chosen.values_list("pk", flat=True))
    response = delete_selected(model_admin, request, chosen)
    if response is None and len(keys) > 1:
        admin_acts.done_in_admin("Deletion", str(model_admin.opts.verbose_name), keys)
    return response


admin.site.add_action(delete_many, "delete_selected")
