"""Decodes uploaded pictures in bounded time.

Bytes and pixels say little about how long a picture takes to decode, and a thread cannot be stopped
while decoding. So separate processes do it, which are killed when they take too long and otherwise
reused. See docs/decisions/pictures-from-strangers.md.
"""

import logging
import os
import subprocess
import sys
import threading
from contextlib import ExitStack
from multiprocessing import Pipe

from django.conf import settings

from digitsite.places import Places
from recognizer.ink import decoder
from recognizer.ink.arrays import Picture
from recognizer.ink.image_files import BadImage

log = logging.getLogger(__name__)

SECONDS = 5
# How long an idle process is kept, in seconds. Each takes 42 MB.
IDLE_SECONDS = 30
TOO_MANY = "Too many pictures are being read now. Try again in a few seconds."
COMMAND = [sys.executable, "-m", decoder.__name__]
# The variables by which a process finds its interpreter and libraries.
NEEDED = ("PATH", "LD_LIBRARY_PATH")
_places = Places(settings.MOST_DECODING)
_idle: list["_Decoder"] = []


def decode(data: bytes) -> Picture:
    """As image_files.decode, which documents result and errors, but within SECONDS. Raises BadImage
    where that is exceeded, and Busy if this process decodes MOST_DECODING pictures already."""
    with _places.one(TOO_MANY, retry_seconds=2):
        return _decoded(data)


def _decoded(data: bytes) -> Picture:
    one = _take()
    with ExitStack() as unless_answered:
        unless_answered.callback(one.end)  # it may still be decoding, or compromised
        answer = one.answer(data)
        unless_answered.pop_all()
    _set_aside(one)
    if isinstance(answer, BadImage):
        raise answer
    return answer


def _take() -> "_Decoder":
    """An idle process, unless it was killed; else a new one."""
    try:
        one = _idle.pop()  # the last one used, so that the others expire
    except IndexError:
        return _Decoder()
    one.retirement.cancel()
    return one if one.lives() else _take()


def _set_aside(one: "_Decoder") -> None:
    """Keeps the process for the next picture, for a limited time."""
    one.retirement = threading.Timer(IDLE_SECONDS, _retire, [one])
    one.retirement.daemon = True
    _idle.append(one)
    one.retirement.start()


def _retire(one: "_Decoder") -> None:
    try:
        _idle.remove(one)
    except ValueError:
        return  # it was just taken
    one.end()


def _environment() -> dict[str, str]:
    """The variables without passwords, keys and addresses: what a malicious file gets control of
    must not have them."""
    needed = {name: os.environ[name] for name in NEEDED if name in os.environ}
    return needed | {"OPENBLAS_NUM_THREADS": "1"}  # threads would only take memory


class _Decoder:
    """A process that runs recognizer.ink.decoder."""

    retirement: threading.Timer

    def __init__(self) -> None:
        self._is_late = False
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [*COMMAND, str(theirs.fileno()), str(SECONDS)],
                cwd=settings.BASE_DIR,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def answer(self, data: bytes) -> Picture | BadImage:
        """Decodes. Raises BadImage where the process takes too long or dies."""
        timer = threading.Timer(SECONDS, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            self._connection.send_bytes(data)
            return decoder.unpacked(self._connection.recv_bytes(decoder.MOST_ANSWER))
        except (EOFError, OSError, decoder.BadAnswer) as error:
            if self._is_late:
                raise BadImage(
                    f"The picture takes more than {SECONDS} seconds to decode; "
                    "save it again, as JPEG or PNG."
                ) from error
            log.warning("A picture of %s bytes ended the process that decoded it.", len(data))
            raise BadImage("The picture cannot be decoded.") from error
        finally:
            timer.cancel()

    def _give_up(self) -> None:
        self._is_late = True
        self._process.kill()
