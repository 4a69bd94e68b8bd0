"""Every address of the site."""

from allauth.account.decorators import secure_admin_login
from allauth.mfa.recovery_codes.views import generate_recovery_codes
from allauth.mfa.totp.views import deactivate_totp
from allauth.mfa.webauthn.views import add_webauthn, remove_webauthn
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import include, path, reverse

from digitsite import health
from recognizer.accounts.overrides.passkeys import PasskeyView
from recognizer.accounts.overrides.views import (
    AuthenticatorAppView,
    ConfirmationView,
    EmailAddressesView,
    PasswordView,
    RecoveryCodesView,
    SignUpView,
    changes_second_factor,
)
from recognizer.admin.lists import ReadableList

admin.autodiscover()
# The site's own sign-in page has rate limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def password_change(request: HttpRequest, extra_context: object = None) -> HttpResponseRedirect:
    """The site's own page has rate limits, tells the owner by mail, and is in the audit log."""
    return HttpResponseRedirect(reverse("account_change_password"))


admin.site.password_change = password_change  # type: ignore[method-assign, assignment]


def changelist(self: admin.ModelAdmin, request: HttpRequest, **kwargs: object) -> type[ChangeList]:
    """Used for the lists of third-party packages too."""
    return ReadableList


admin.ModelAdmin.get_changelist = changelist  # type: ignore[method-assign]

SECOND_FACTORS = (
    ("totp/activate", AuthenticatorAppView.as_view(), "mfa_activate_totp"),
    ("totp/deactivate", deactivate_totp, "mfa_deactivate_totp"),
    ("recovery-codes/generate", generate_recovery_codes, "mfa_generate_recovery_codes"),
    ("webauthn/add", add_webauthn, "mfa_add_webauthn"),
    ("webauthn/keys/<int:pk>/remove", remove_webauthn, "mfa_remove_webauthn"),
)

urlpatterns = [
    path("", include("recognizer.urls")),
    path("", include("training.urls")),
    path("accounts/signup/", SignUpView.as_view(), name="account_signup"),
    path("accounts/reauthenticate/", ConfirmationView.as_view(), name="account_reauthenticate"),
    path("accounts/password/change/", PasswordView.as_view(), name="account_change_password"),
    path("accounts/email/", EmailAddressesView.as_view(), name="account_email"),
    path(
        "accounts/2fa/recovery-codes/", RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"
    ),
    path("accounts/2fa/webauthn/login/", PasskeyView.as_view(), name="mfa_login_webauthn"),
    *(
        path(f"accounts/2fa/{address}/", changes_second_factor(view), name=name)
        for address, view, name in SECOND_FACTORS
    ),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("health/live", health.live, name="live"),
    path("health/ready", health.ready, name="ready"),
]

handler400 = "digitsite.errors.unreadable"
handler404 = "digitsite.errors.not_found"
handler500 = "digitsite.errors.broken"
