"""Fixtures for data: mirrors that torchvision downloads MNIST from."""

import gzip
import hashlib
from collections.abc import Callable, Sequence

import pytest


@pytest.fixture
def mirrors(
    files: dict[str, bytes], small_is_mnist: None, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Sequence[str]], None]:
    """Says which addresses torchvision takes for MNIST's mirrors, and the small files for MNIST."""
    from torchvision.datasets import MNIST

    packed = {f"{name}.gz": gzip.compress(raw, mtime=0) for name, raw in files.items()}
    md5s = [(name, hashlib.md5(content).hexdigest()) for name, content in packed.items()]
    monkeypatch.setattr(MNIST, "resources", md5s)
    return lambda addresses: monkeypatch.setattr(MNIST, "mirrors", list(addresses))
