"""The audit log: what was done to accounts, and by people with a role."""

from django.conf import settings
from django.db import models


class AuditEvent(models.Model):
    """One act, or a refused one. Immutable, and deleted after AUDIT_DAYS.

    `by` did it; `person` is whose account it concerns. Both become null when their accounts are
    deleted, and so does the address of what a deleted person did. `about` names no person.
    """

    class Kind(models.TextChoices):
        SIGN_IN = "sign_in", "signed in"
        SIGN_IN_FAILED = "sign_in_failed", "failed to sign in"
        PASSWORD = "password", "password changed"
        EMAIL = "email", "email address changed"
        SECOND_FACTOR = "second_factor", "second factor changed"
        SECOND_FACTOR_FAILED = "second_factor_failed", "second factor failed"
        TOKEN_MADE = "token_made", "token created"
        TOKEN_REVOKED = "token_revoked", "token revoked"
        ROLE = "role", "role changed"
        PROMOTION = "promotion", "model version changed"
        SCHEDULE = "schedule", "training schedule changed"
        RUN = "run", "training run"
        IMPORT = "import", "drawings imported"
        EXPORT = "export", "drawings exported"
        ERASED = "erased", "drawings deleted permanently"
        ACCOUNT_DELETED = "account_deleted", "account deleted"
        ADMIN = "admin", "done in the admin"
        DENIED = "denied", "denied"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    kind = models.CharField(max_length=30, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    about = models.CharField(max_length=500, blank=True)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"
