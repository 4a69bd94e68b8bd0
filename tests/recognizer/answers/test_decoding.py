"""Pictures as somebody sent them: decoded in bounded time, whatever they are."""

import contextlib
import io
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings

from digitsite.errors import Busy
from recognizer.answers import decoding
from recognizer.answers.decoding import decode
from recognizer.ink import decoder as ink_decoder
from recognizer.ink import image_files
from recognizer.ink.image_files import BadImage, UnsupportedImage
from tests.digitsite.test_parent_death import is_alive, wait_for_the_end_of
from tests.recognizer.images import encoded, seven, slow_jpeg

SLOW = slow_jpeg()

# Decodes a small picture, says which process did it, then decodes a slow one if it is told to.
OWNER = """
import sys, time
import django
django.setup()
from recognizer.answers import decoding
from tests.recognizer.images import encoded, seven, slow_jpeg
slow = slow_jpeg()
decoding.SECONDS = 2
decoding.decode(encoded(seven()))
[one] = decoding._idle
print(one._process.pid, flush=True)
if sys.argv[1] == "busy":
    decoding.decode(slow)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def fresh_decoders(monkeypatch):
    """Each test has processes of its own, which end with it."""
    mine: list = []
    monkeypatch.setattr(decoding, "_idle", mine)
    yield
    while mine:
        mine.pop().end()


@pytest.fixture
def one_second(monkeypatch):
    monkeypatch.setattr(decoding, "SECONDS", 1)


def decoder() -> int:
    """The number of the one process that has nothing to do."""
    [one] = decoding._idle
    return one._process.pid


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF"])
def test_the_pixels_are_the_same(kind):
    data = encoded(seven(), kind)
    assert np.array_equal(decode(data), image_files.decode(data))


def test_errors_say_the_same():
    with pytest.raises(UnsupportedImage, match="use PNG, JPEG"):
        decode(b"text")
    with pytest.raises(BadImage, match="empty"):
        decode(b"")


def test_what_libraries_find_strange_in_a_file_is_not_logged(capfd):
    file = io.BytesIO()
    seven().save(file, "TIFF", compression="tiff_lzw")
    damaged = bytearray(file.getvalue())
    damaged[20:40] = b"\x55" * 20
    with contextlib.suppress(BadImage):
        image_files.decode(bytes(damaged))
    assert "not yet in table" in capfd.readouterr().err  # what libtiff would write
    with contextlib.suppress(BadImage):
        decode(bytes(damaged))
    assert capfd.readouterr().err == ""


def test_strokes_and_pages_come_first():
    decode(encoded(seven()))
    assert os.getpriority(os.PRIO_PROCESS, decoder()) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_process_is_used_again():
    decode(encoded(seven()))
    first = decoder()
    with pytest.raises(BadImage):
        decode(b"text")
    decode(encoded(seven()))
    assert decoder() == first


@pytest.mark.slow
def test_what_takes_too_long_is_given_up_and_its_process_killed(monkeypatch):
    monkeypatch.setattr(decoding, "SECONDS", 60)  # A new process has to start first.
    decode(encoded(seven()))
    first = decoder()
    monkeypatch.setattr(decoding, "SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(BadImage, match="takes more than 1 seconds"):
        decode(SLOW)
    assert time.monotonic() - started < 2
    assert not is_alive(first)
    monkeypatch.setattr(decoding, "SECONDS", 60)
    assert decode(encoded(seven())).shape == (200, 200, 3)


@pytest.mark.slow
def test_whoever_finds_no_place_is_told_at_once(one_second, monkeypatch):
    most = django_settings.MOST_DECODING
    with ThreadPoolExecutor(most) as threads:
        slow = [threads.submit(decode, SLOW) for _ in range(most)]
        time.sleep(0.2)
        started = time.monotonic()
        with pytest.raises(Busy, match="Too many pictures"):
            decode(encoded(seven()))
        assert time.monotonic() - started < 0.2
    assert all(isinstance(one.exception(), BadImage) for one in slow)
    monkeypatch.setattr(decoding, "SECONDS", 5)  # A new process has to start first.
    decode(encoded(seven()))


def test_some_threads_of_a_web_process_are_left_to_others():
    waiting = django_settings.MOST_WAITING + django_settings.MOST_DECODING
    assert waiting < django_settings.WEB_THREADS


def test_an_idle_process_that_was_killed_is_replaced():
    decode(encoded(seven()))
    os.kill(decoder(), signal.SIGKILL)
    decoding._idle[0]._process.wait(timeout=5)
    assert decode(encoded(seven())).shape == (200, 200, 3)


def test_an_idle_process_retires(monkeypatch):
    monkeypatch.setattr(decoding, "IDLE_SECONDS", 0.2)
    decode(encoded(seven()))
    one = decoder()
    decode(encoded(seven()))
    assert decoder() == one
    assert wait_for_the_end_of(one)
    assert not decoding._idle
    assert decode(encoded(seven())).shape == (200, 200, 3)


def test_a_picture_that_ends_its_process_is_refused_and_the_next_one_read(caplog):
    decode(encoded(seven()))
    threading.Timer(0.3, os.kill, (decoder(), signal.SIGSEGV)).start()
    with pytest.raises(BadImage, match="cannot be decoded"):
        decode(SLOW)
    assert "ended the process" in caplog.text
    assert decode(encoded(seven())).shape == (200, 200, 3)


def test_a_decoder_knows_nothing_of_the_site(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "secret")
    decode(encoded(seven()))
    environment = Path(f"/proc/{decoder()}/environ").read_bytes()
    names = {entry.partition(b"=")[0].decode() for entry in environment.split(b"\0")[:-1]}
    assert names <= {"PATH", "LD_LIBRARY_PATH", "OPENBLAS_NUM_THREADS"}


PIXELS = b"P" + struct.pack("<III", 2, 2, 1)
NO_ANSWERS = [
    b"",
    b"P",
    pickle.dumps(seven()),
    PIXELS,
    PIXELS + bytes(3),
    PIXELS + bytes(5),
    b"P" + struct.pack("<III", 2, 2, 2) + bytes(8),
    b"P" + struct.pack("<III", 0, 0, 1),
    bytes(ink_decoder.MOST_ANSWER + 1),
]


@pytest.mark.parametrize("said", NO_ANSWERS, ids=lambda said: f"{len(said)} bytes")
def test_a_decoder_that_somebody_has_got_hold_of_is_believed_nothing(said, monkeypatch):
    """A process that says this instead."""
    rogue = f"""
import os
from multiprocessing.connection import Connection
import sys
connection = Connection(int(sys.argv[1]))
connection.recv_bytes()
connection.send_bytes({said if len(said) < 1_000 else f"bytes({len(said)})"})
connection.recv_bytes()
"""
    monkeypatch.setattr(decoding, "COMMAND", [sys.executable, "-c", rogue])
    with pytest.raises(BadImage, match="cannot be decoded"):
        decode(encoded(seven()))
    assert not decoding._idle


@pytest.mark.slow
def test_a_decoder_that_stops_in_the_midst_of_its_answer_is_killed(one_second, monkeypatch):
    rogue = "import os, sys, time; os.write(int(sys.argv[1]), b'\\0\\0'); time.sleep(60)"
    monkeypatch.setattr(decoding, "COMMAND", [sys.executable, "-c", rogue])
    with pytest.raises(BadImage, match="more than 1 seconds"):
        decode(encoded(seven()))


@pytest.mark.slow
@pytest.mark.parametrize("doing", ["idle", "busy"])
def test_a_decoder_ends_when_the_process_that_has_it_is_killed(doing):
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, doing],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        cwd=django_settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    number = int(owner.stdout.readline())
    time.sleep(0.3)
    assert is_alive(number)
    owner.kill()
    owner.wait()
    # One at work notices nothing, but the kernel ends it after its seconds of processor time, of
    # which it gets few beside other tests.
    assert wait_for_the_end_of(number, seconds=120)
