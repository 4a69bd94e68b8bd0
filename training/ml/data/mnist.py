"""MNIST: read from a folder, downloaded into it first if necessary, and verified by SHA-256.

Whatever the source, the folder holds the four files of Y. LeCun's original distribution, unzipped,
so that each has the same SHA-256 for every source. Files are written to a temporary folder and
moved only when their digest is right: half a download never counts.

If the folder has a SHA256SUMS of its own (as `sha256sum` writes it), those digests are used: so
another dataset in MNIST's format, such as EMNIST's digits or a small one, can replace it.
"""

import gzip
import hashlib
import logging
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.ml.arrays import Images, Integers
from training.ml.data import idx
from training.ml.data.idx import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from training.ml.data.mnist_sources import Source, SourceFailed, default_sources

logger = logging.getLogger(__name__)

SHA256 = {
    TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
SUMS = "SHA256SUMS"


class MnistUnavailable(RuntimeError):
    """No source provided MNIST; the message says why for each, and what to do."""


@dataclass(frozen=True)
class Mnist:
    """Images uint8 [N, 28, 28], white ink (255) on black (0); labels uint8 [N], 0 to 9."""

    train_images: Images
    train_labels: Integers
    test_images: Images
    test_labels: Integers


def get(folder: Path, *, sources: Sequence[Source] | None = None) -> Mnist:
    """MNIST from `folder`, downloaded into it first where it is not complete.

    Raises MnistUnavailable when no source provides the right files.
    """
    if not is_complete(folder):
        packed = [unzip_in(folder)] if any(folder.glob("*.gz")) else []
        fetch(folder, sources=[*packed, *(sources or default_sources())])
    return load(folder)


def is_complete(folder: Path) -> bool:
    """Whether `folder` has all four files with the right digests."""
    return all(_sha256(folder / name) == digest for name, digest in digests(folder).items())


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each of the four files: MNIST's, or those of the folder's SHA256SUMS."""
    sums = folder / SUMS
    if not sums.is_file():
        return SHA256
    lines = [line.split() for line in sums.read_text().splitlines()]
    sums_by_name = {words[1]: words[0] for words in lines if len(words) == 2}
    return {name: sums_by_name.get(name, "") for name in SHA256}


def load(folder: Path) -> Mnist:
    """Reads the four files, which must be there (`get` ensures that)."""
    return Mnist(
        train_images=idx.decode((folder / TRAIN_IMAGES).read_bytes()),
        train_labels=idx.decode((folder / TRAIN_LABELS).read_bytes()),
        test_images=idx.decode((folder / TEST_IMAGES).read_bytes()),
        test_labels=idx.decode((folder / TEST_LABELS).read_bytes()),
    )


def fetch(folder: Path, *, sources: Sequence[Source]) -> None:
    """Fills `folder` from the first source that provides the right files."""
    folder.mkdir(parents=True, exist_ok=True)
    failures = []
    for source in sources:
        try:
            _fetch_from(source, folder)
            return
        except SourceFailed as error:
            logger.debug("MNIST: %s: %s", source.name, error)  # another may have it
            failures.append(f"  {source.name}: {error}")
    raise MnistUnavailable(_advice(folder, failures))


def unzip_in(folder: Path) -> Source:
    """A folder that has the four files zipped (`.gz`), as a source."""

    def bring(target: Path) -> None:
        for name in SHA256:
            try:
                (target / name).write_bytes(gzip.decompress((folder / f"{name}.gz").read_bytes()))
            except (OSError, EOFError) as error:
                raise SourceFailed(f"no whole {name}.gz there") from error

    return Source(name=f"the folder {folder}", bring=bring)


def _fetch_from(source: Source, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix=".incoming-") as name:
        incoming = Path(name)
        source.bring(incoming)
        for file, digest in SHA256.items():
            if _sha256(incoming / file) != digest:
                raise SourceFailed(f"{file} is not MNIST’s (its SHA-256 is wrong)")
        for file in SHA256:
            os.replace(incoming / file, folder / file)


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _advice(folder: Path, failures: Sequence[str]) -> str:
    return "\n".join(
        [
            "MNIST could not be had from any source:",
            *failures,
            f"Connect to a network and try again, or put these four files (.gz or not) into "
            f"{folder}: {', '.join(SHA256)}.",
        ]
    )
