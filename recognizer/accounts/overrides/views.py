"""The site's changes to allauth's views."""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.account.signals import email_added
from allauth.account.views import (
    EmailView,
    PasswordChangeView,
    ReauthenticateView,
    SignupView,
)
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.dispatch import receiver
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from recognizer.accounts import confirmation, second_factor
from recognizer.models import User


def changes_second_factor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorates a page that changes a second factor. Each change is recorded, and mailed to the
    owner: a person may make only so many."""
    limited = ratelimit.decorator(app="allauth.mfa", action="change_second_factor")(view)
    return login_required(limited)


class SignUpView(SignupView):
    """allauth's view; where two people choose one name at the same moment, the second is told
    so."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except ValidationError as error:
            form.add_error("username", error)
            return self.form_invalid(form)


class ConfirmationView(ReauthenticateView):
    """allauth's, but the password alone confirms nothing in a session that dates from before the
    second factor: whoever opened it could remove that."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_factor.is_owed(request):
            return redirect(f"{reverse('mfa_reauthenticate')}?{request.GET.urlencode()}")
        return super().dispatch(request, *args, **kwargs)


class PasswordView(PasswordChangeView):
    """allauth's, but such a session cannot change the password by the old one alone either."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if second_factor.is_owed(request):
            return confirmation.redirect_to(back_to=request.path)
        return super().dispatch(request, *args, **kwargs)


class EmailAddressesView(EmailView):
    """allauth's view, but an unverified address never becomes the primary one; allauth refuses that
    only if another address is verified."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "action_primary" in request.POST and not self._is_verified(request):
            refusal = "account/messages/unverified_primary_email.txt"
            get_adapter().add_message(request, messages.ERROR, refusal)
            return redirect("account_email")
        return super().post(request, *args, **kwargs)

    def _is_verified(self, request: HttpRequest) -> bool:
        verified = EmailAddress.objects.filter(user=request.user, verified=True)
        # Not looked up in the database: PostgreSQL refuses text that contains NUL.
        return request.POST.get("email", "").lower() in verified.values_list("email", flat=True)

    def _action_primary(self, request: HttpRequest) -> HttpResponse:
        """Where two are chosen at the same moment, the page shows which one it is."""
        try:
            return super()._action_primary(request)
        except IntegrityError:
            return redirect("account_email")


class RecoveryCodesView(ViewRecoveryCodesView):
    """allauth's view, but it waits for requests that replace or use the codes: it writes to their
    row too."""

    @transaction.atomic
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        User.objects.select_for_update(no_key=True).get(pk=self.request.user.pk)
        list(Authenticator.objects.select_for_update().filter(user=self.request.user.pk))
        return super().get_context_data(**kwargs)


class AuthenticatorAppView(ActivateTOTPView):
    """allauth's view; where the form is sent twice at the same moment, the second leads where it
    does once the app is set up."""

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:
            return redirect("mfa_deactivate_totp")


@receiver(email_added)
def _report_added_address(
    request: HttpRequest, user: User, email_address: EmailAddress, **_: Any
) -> None:
    """allauth mails only the new address. Whoever reads mail there can soon reset the password, so
    the owner is told at the address they had before."""
    confirmation.notify(request, user, "address_added", address=email_address.email)
