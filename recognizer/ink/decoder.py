"""A process that decodes pictures, one after the other.

`python -m recognizer.ink.decoder FD SECONDS`: each message on the socket FD is a file's bytes; the
reply is `packed` pixels, or the error that `image_files.decode` raised. The process ends when the
socket's other end closes, for instance because its parent was killed, or when one picture has taken
SECONDS of processor time. It imports little, as there may be several.
"""

import math
import os
import resource
import signal
import struct
import sys
from multiprocessing.connection import Connection

import numpy as np

from recognizer.ink import image_files
from recognizer.ink.arrays import Picture
from recognizer.ink.image_files import BadImage, UnsupportedImage

# Bytes. The largest picture that is read, of 25 megapixels, takes half of it.
MOST_MEMORY = 1_000_000_000
# An answer begins with one of these: an error's words follow, or HEAD and the pixels.
PIXELS, BAD, UNSUPPORTED = b"P", b"B", b"U"
HEAD = struct.Struct("<III")  # height, width, channels (1: grey [H, W])
CHANNELS = {1: (), 3: (3,), 4: (4,)}
# Bytes that an answer has at most.
MOST_ANSWER = 1 + HEAD.size + image_files.LONGEST**2 * 4
# How much further back it is in the queue for a core than the process that has it: while several of
# these each take their seconds, strokes and pages are answered.
NICE = 10


class BadAnswer(ValueError):
    """What a decoder said is no answer: something in a file has got hold of it."""


def main(fd: int, seconds: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has this one
    os.nice(NICE)
    _silence_libraries()
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    connection = Connection(fd)
    while True:
        try:
            data = connection.recv_bytes()
        except EOFError:
            return
        _limit_time(seconds)
        connection.send_bytes(_answer(data))


def _silence_libraries() -> None:
    """libtiff and libjpeg write to file 2 what they find strange in a file; Python still may."""
    sys.stderr = os.fdopen(os.dup(2), "w")
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)


def _limit_time(seconds: int) -> None:
    """The kernel ends this process after so much more processor time, whoever else is left."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _answer(data: bytes) -> bytes:
    try:
        return packed(image_files.decode(data))
    except UnsupportedImage as error:
        return UNSUPPORTED + str(error).encode()
    except BadImage as error:
        return BAD + str(error).encode()
    except MemoryError:
        return BAD + b"The picture takes too much memory to decode."


def packed(picture: Picture) -> bytes:
    height, width, *channels = picture.shape
    return PIXELS + HEAD.pack(height, width, *channels or [1]) + picture.tobytes()


def unpacked(answer: bytes) -> Picture | BadImage:
    """The picture, read-only, or the error that the answer tells of. Raises BadAnswer.

    Bytes alone, no pickle, which runs what it is told: who decodes strangers' files may be theirs.
    """
    kind, rest = answer[:1], answer[1:]
    if kind in (BAD, UNSUPPORTED):
        return (BadImage if kind == BAD else UnsupportedImage)(rest.decode(errors="replace"))
    if kind != PIXELS or len(rest) < HEAD.size:
        raise BadAnswer
    height, width, channels = HEAD.unpack_from(rest)
    pixels = memoryview(rest)[HEAD.size :]
    if channels not in CHANNELS or not pixels or len(pixels) != height * width * channels:
        raise BadAnswer
    return np.frombuffer(pixels, np.uint8).reshape(height, width, *CHANNELS[channels])


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
