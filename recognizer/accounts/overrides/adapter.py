"""The site's changes to allauth's adapter."""

import logging
from contextlib import nullcontext, suppress
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.mail import EmailMessage
from django.core.validators import EmailValidator, MaxLengthValidator
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest
from django.http.request import split_domain_port
from django.utils.encoding import punycode

from digitsite.errors import Busy
from recognizer.accounts.overrides.sentences import sentence_case
from recognizer.models import User

log = logging.getLogger(__name__)
NO_MAIL = "No mail can be sent at the moment. Try again later."


class Adapter(DefaultAccountAdapter):
    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counts wrong passwords under a key of their own. allauth clears "login_failed" after a
        correct second factor and after a password reset, whoever the account belongs to. Raises
        ValidationError beyond the limit."""
        # allauth removes the count under this name after a correct password.
        self._login_failed_rl_usage = ratelimit.consume(
            request, app="allauth.account", action="wrong_password"
        )
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def get_client_ip(self, request: HttpRequest) -> str:
        """An IPv4 address as such, also where the server or a proxy listens on IPv6 and writes it
        as ::ffff:1.2.3.4: allauth counts all IPv6 addresses of one network together, and anybody
        could use up the limits of everybody with IPv4."""
        address: str = super().get_client_ip(request)
        mapped = getattr(ip_address(address), "ipv4_mapped", None)
        return str(mapped or address)

    def is_safe_url(self, url: str) -> bool:
        """Whether one may be redirected there; not to what is no address, such as http://[x, nor to
        another port of the site's host, where allauth lets one go: somebody else may listen."""
        try:
            safe: bool = super().is_safe_url(url)
            there = urlsplit(url).netloc
        except ValueError:
            return False
        return safe and there in {"", self.request.get_host(), *_trusted_hosts()}

    def clean_email(self, email: str) -> str:
        """Also refuses addresses that are too long for PostgreSQL's column, and those to whose
        domain no mail can be sent, which allauth's forms accept. Raises ValidationError."""
        MaxLengthValidator(EmailAddress._meta.get_field("email").max_length)(email)
        try:
            punycode(email.rpartition("@")[2])
        except UnicodeError as error:
            raise ValidationError(EmailValidator.message) from error
        return super().clean_email(email)

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Raises ValidationError where somebody else took the name after the form was checked."""
        try:
            with transaction.atomic():
                return super().save_user(request, user, form, commit)
        except IntegrityError as error:
            raise self.validation_error("username_taken") from error

    def set_password(self, user: User, password: str) -> None:
        """Writes this column only: others may have changed since the request was authenticated, and
        an account that was deleted meanwhile must not come back. Then it raises DatabaseError."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirms an address once, and for one account, also where several requests do so at the
        same moment. Raises Http404 where it was removed meanwhile, as for a later request."""
        try:
            with transaction.atomic():
                User.objects.select_for_update(no_key=True).get(pk=email_address.user_id)
                email_address.refresh_from_db()
                return email_address.verified or super().confirm_email(request, email_address)
        except ObjectDoesNotExist as error:
            raise Http404 from error
        except IntegrityError:  # another account was first
            failed = "account/messages/email_confirmation_failed.txt"
            self.add_message(request, messages.ERROR, failed, {"email": email_address.email})
            return False

    def format_email_subject(self, subject: str) -> str:
        """The subject in sentence case, with the site's name in front."""
        return super().format_email_subject(sentence_case(subject))

    def render_mail(
        self, template_prefix: str, email: str, context: dict[str, Any], headers: Any = None
    ) -> EmailMessage:
        """Removes from its links a port that is none of the site's: whoever has a mail sent to
        somebody chooses it, in the request's Host."""
        message = super().render_mail(template_prefix, email, context, headers)
        request = context.get("request")
        if request and not _is_ours(request):
            host = request.get_host()
            message.body = message.body.replace(f"//{host}/", f"//{split_domain_port(host)[0]}/")
        return message

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Raises Busy if it cannot be sent."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            log.warning("A mail could not be sent (%s): %s", template_prefix, error)
            raise Busy(NO_MAIL) from error

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Mails a person what was done to the account. That is done already: if the mail cannot be
        sent, only the log says so. An address gets only so many: it may not be verified, and
        anybody can have an account with somebody else's."""
        address = email or EmailAddress.objects.get_primary_email(user) or ""
        if ratelimit.consume(
            self.request,
            app="allauth.account",
            action="notice",
            key=address.lower(),
            limit_get=True,
        ):
            with suppress(Busy):
                super().send_notification_mail(template_prefix, user, context, email)
        else:
            log.warning("User %s got too many mails to be sent %s.", user.pk, template_prefix)

    def send_confirmation_mail(self, request: HttpRequest, confirmation: Any, signup: bool) -> None:
        """The same at sign-up: the account is there, and its owner can ask for another mail."""
        with suppress(Busy) if signup else nullcontext():
            super().send_confirmation_mail(request, confirmation, signup)


def _is_ours(request: HttpRequest) -> bool:
    """Whether the site listens on the port in the request's Host, or a setting names it."""
    host = request.get_host()
    port = split_domain_port(host)[1]
    return port in ("", request.META["SERVER_PORT"]) or host in _trusted_hosts()


def _trusted_hosts() -> set[str]:
    return {urlsplit(origin).netloc for origin in settings.CSRF_TRUSTED_ORIGINS}
