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

from digitsite.errors import Busy
from recognizer.ink import decoder
from recognizer.ink.arrays import Picture
from recognizer.ink.image_files import BadImage

log = logging.getLogger(__name__)

SECONDS = 5
# For so long a process waits for the next picture. Each takes 42 MB.
IDLE_SECONDS = 30
TOO_MANY = "Too many pictures are being read now. Try again in a few seconds."
COMMAND = [sys.executable, "-m", decoder.__name__]
# By these a process finds its interpreter and libraries.
NEEDED = ("PATH", "LD_LIBRARY_PATH")
_places = threading.BoundedSemaphore(settings.MOST_DECODING)
_idle: list["_Decoder"] = []


def decode(data: bytes) -> Picture:
    """As image_files.decode, which says what is returned and raised, but never for long.

    Raises BadImage, too, for what takes more than SECONDS, and Busy where this process decodes
    MOST_DECODING already: threads that waited for a place would be missed by others.
    """
    if not _places.acquire(blocking=False):
        raise Busy(TOO_MANY, retry_seconds=2)
    try:
        return _decoded(data)
    finally:
        _places.release()


def _decoded(data: bytes) -> Picture:
    one = _take()
    with ExitStack() as unless_answered:
        unless_answered.callback(one.end)  # it may still be at work, or no longer ours
        answer = one.answer(data)
        unless_answered.pop_all()
    _set_aside(one)
    if isinstance(answer, BadImage):
        raise answer
    return answer


def _take() -> "_Decoder":
    """An idle one, unless somebody killed it; else a new one."""
    try:
        one = _idle.pop()  # the last one used, so that the others may retire
    except IndexError:
        return _Decoder()
    one.retirement.cancel()
    return one if one.lives() else _take()


def _set_aside(one: "_Decoder") -> None:
    """Lets it wait for the next picture, but not for long."""
    one.retirement = threading.Timer(IDLE_SECONDS, _retire, [one])
    one.retirement.daemon = True
    _idle.append(one)
    one.retirement.start()


def _retire(one: "_Decoder") -> None:
    try:
        _idle.remove(one)
    except ValueError:
        return  # it was taken just now
    one.end()


def _environment() -> dict[str, str]:
    """No passwords, keys and addresses: what strangers' files might get hold of knows nothing."""
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
        """Raises BadImage where there is none: it takes too long, or ended the process."""
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
