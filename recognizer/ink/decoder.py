"""A process that decodes pictures, one after the other.

`python -m recognizer.ink.decoder FD SECONDS`: each message on the socket FD is a file's bytes; it
is answered with its pixels or with the error that `image_files.decode` raised. It ends when the
socket's other end is closed, as when the process that started it was killed; in the midst of a
picture, when that has taken SECONDS of processor time. It imports little, as there may be several.
"""

import math
import os
import resource
import signal
import sys
from multiprocessing.connection import Connection

from recognizer.ink import image_files

# Bytes. The largest picture that is read, of 25 megapixels, takes half of it.
MOST_MEMORY = 1_000_000_000


def main(fd: int, seconds: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that has this one
    _silence_libraries()
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    connection = Connection(fd)
    while True:
        try:
            data = connection.recv_bytes()
        except EOFError:
            return
        _limit_time(seconds)
        connection.send(_decoded(data))


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


def _decoded(data: bytes) -> object:
    try:
        return image_files.decode(data)
    except image_files.BadImage as error:
        return error
    except MemoryError:
        return image_files.BadImage("The picture takes too much memory to decode.")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
