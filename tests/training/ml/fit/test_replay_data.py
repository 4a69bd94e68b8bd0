"""What a run replays, of a small MNIST."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests import small_mnist
from tests.training.conftest import make_tiny
from training.ml.data import split
from training.ml.fit import finetune, replay_data
from training.ml.fit.disk_cache import DiskCache
from training.ml.fit.replay_data import ReplayData
from training.ml.synthesis import digits, non_digits


def test_the_hardest_of_all_that_is_learnt_from_are_replayed(
    small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_data, "HARD", 20)
    monkeypatch.setattr(replay_data, "LEAST", 10)
    parts, none = split.split(small), np.zeros((0, 28, 28), np.uint8)
    champion = make_tiny()
    replay = ReplayData(DiskCache(tmp_path), small, parts, none, none).replay(champion, version=1)
    first_two = np.sort(finetune.answers(champion, parts.images).probabilities.numpy())[:, -2:]
    hardest = np.argsort(first_two[:, 1] - first_two[:, 0])[:20]
    assert len(replay.hard) == 20
    # Half precision changes the places of a few.
    assert len(set(replay.hard) & set(hardest)) >= 15
    assert len(replay.synthetic) == round(len(small.train_images) / 15)


@pytest.fixture
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEAST", "HARD"):
        monkeypatch.setattr(replay_data, name, 10)


def replayed(folder: Path, champion) -> list[np.ndarray]:
    data = ReplayData.load(folder, version=1)
    replay = data.replay(champion, version=1)
    return [data.non_digits, data.held_out_non_digits, replay.hard, replay.synthetic]


@pytest.mark.usefixtures("little")
def test_the_next_run_finds_what_this_one_made(tmp_path: Path, monkeypatch) -> None:
    small_mnist.lay(tmp_path / "mnist")
    champion = make_tiny()
    made = replayed(tmp_path, champion)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was made again")

    for module, name in ((non_digits, "fit"), (digits, "draw"), (replay_data.inference, "read")):
        monkeypatch.setattr(module, name, never)
    again = replayed(tmp_path, champion)
    assert all(np.array_equal(one, other) for one, other in zip(made, again, strict=True))


@pytest.mark.usefixtures("little")
def test_another_champion_has_other_hard_digits(tmp_path: Path) -> None:
    small_mnist.lay(tmp_path / "mnist")
    one, other = make_tiny(), make_tiny()
    with torch.no_grad():
        other.embed[1].weight.uniform_(-1, 1)
    hard = [replayed(tmp_path, champion)[2] for champion in (one, other, one)]
    assert not np.array_equal(hard[0], hard[1])
    assert np.array_equal(hard[0], hard[2])


@pytest.mark.usefixtures("little")
def test_what_other_code_made_is_deleted(tmp_path: Path) -> None:
    small_mnist.lay(tmp_path / "mnist")
    old = tmp_path / "replay" / "0123456789abcdef"
    old.mkdir(parents=True)
    (old / "made").write_text("by another release")
    replayed(tmp_path, make_tiny())
    assert [one.is_dir() for one in (tmp_path / "replay").iterdir()] == [True]
    assert not old.exists()
