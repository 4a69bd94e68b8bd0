"""What differs from allauth's adapter."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter

from recognizer.models import User

log = logging.getLogger(__name__)


class Adapter(DefaultAccountAdapter):
    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """Tells a person by mail what was done to the account. It is done: where no mail can be
        sent, only the log says so."""
        try:
            super().send_notification_mail(template_prefix, user, *args, **kwargs)
        except OSError as error:
            log.warning("A notice could not be mailed (%s): %s", template_prefix, error)
