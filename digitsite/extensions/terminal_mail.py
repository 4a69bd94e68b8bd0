"""Emails on a site that cannot send any: printed on the terminal, and nowhere else.

They hold links that open an account. What a process prints is kept in its log, so they go past
that, to the terminal that the site was started from.
"""

import logging
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

TERMINAL = "/dev/tty"
log = logging.getLogger(__name__)


class EmailBackend(BaseEmailBackend):
    """Prints each message on the terminal. Without a terminal the message is dropped, and the log
    says so."""

    _lock = threading.Lock()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        try:
            for message in email_messages:
                self._print(message.message().as_bytes())
        except OSError:
            log.warning(
                "An email was lost: there is no terminal to print it on. "
                "Set EMAIL_URL, so that the site can send it."
            )
            return 0
        return len(email_messages)

    def _print(self, message: bytes) -> None:
        with self._lock, _in_the_background(), open(TERMINAL, "wb", buffering=0) as terminal:
            terminal.write(b"\n%s\n%s\n" % (message, b"-" * 79))


@contextmanager
def _in_the_background() -> Iterator[None]:
    """Lets this thread write to the terminal although the supervisor's process group owns it: with
    `stty tostop` the kernel would stop the process."""
    kept = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, kept)
