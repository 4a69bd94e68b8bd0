"""What a run replays, of a small MNIST."""

import numpy as np
import pytest

from tests.training.conftest import make_tiny
from training.ml.data import split
from training.ml.fit import finetune, replay_data
from training.ml.fit.replay_data import ReplayData


def test_the_hardest_of_all_that_is_learnt_from_are_replayed(
    small, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_data, "HARD", 20)
    monkeypatch.setattr(replay_data, "LEAST", 10)
    parts, none = split.split(small), np.zeros((0, 28, 28), np.uint8)
    champion = make_tiny()
    replay = ReplayData(small, parts, none, none).replay(champion, version=1)
    first_two = np.sort(finetune.answers(champion, parts.images).probabilities.numpy())[:, -2:]
    hardest = np.argsort(first_two[:, 1] - first_two[:, 0])[:20]
    assert len(replay.hard) == 20
    # Half precision changes the places of a few.
    assert len(set(replay.hard) & set(hardest)) >= 15
    assert len(replay.synthetic) == round(len(small.train_images) / 15)
