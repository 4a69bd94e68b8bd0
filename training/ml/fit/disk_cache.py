"""Caches on disk what takes a run seconds to compute and is the same for the next one.

`DiskCache(folder)(function)` calls the function, or loads its result for the same arguments
(joblib.Memory: by their hash; a damaged file is computed again). Results of other code are deleted.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from joblib import Memory

import recognizer.ink
import training.ml

# What decides how pictures are drawn, and which are hard for a network.
CODE = [Path(recognizer.ink.__file__).parent, Path(training.ml.__file__).parent]
P = ParamSpec("P")
T = TypeVar("T")


class DiskCache:
    """Results in `folder`, computed by the code of this copy of the site."""

    def __init__(self, folder: Path) -> None:
        here = folder / _digest_of_code()[:16]
        for other in folder.glob("*"):
            if other != here:
                shutil.rmtree(other, ignore_errors=True)
        self._memory = Memory(here, verbose=0)

    def __call__(self, function: Callable[P, T], *, ignore: Sequence[str] = ()) -> Callable[P, T]:
        """The cached function. `ignore`: arguments that other arguments determine."""
        return self._memory.cache(function, ignore=list(ignore))


def _digest_of_code() -> str:
    digest = hashlib.sha256()
    for file in sorted(one for folder in CODE for one in folder.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
