"""The training of the network that finds ink, in small."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from recognizer.ink import ink_finder as finder
from training.ml.network.ink_finder import InkFinder, export
from training.ml.pictures.writing import Digits
from training.ml.pretraining import ink_finder

FIXTURE = np.load(Path(__file__).parents[3] / "fixtures" / "mnist_digits.npz")
DIGITS = Digits(FIXTURE["images"], FIXTURE["labels"])


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> ink_finder.Plan:
    monkeypatch.setattr(ink_finder, "BATCH", 4)
    monkeypatch.setattr(ink_finder, "JOBS", 1)
    return ink_finder.Plan(chunks=3, chunk=8)


@pytest.mark.slow
def test_it_learns_and_the_seed_fixes_what(small: ink_finder.Plan) -> None:
    seen: list[ink_finder.FinderProgress] = []
    network = ink_finder.train(DIGITS, plan=small, on_chunk=seen.append)
    again = ink_finder.train(DIGITS, plan=small, on_chunk=lambda _: None)

    assert [one.chunk for one in seen] == [1, 2, 3]
    assert seen[-1].loss < seen[0].loss
    pairs = zip(network.parameters(), again.parameters(), strict=True)
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in pairs)


@pytest.mark.slow
def test_the_file_says_what_the_network_says() -> None:
    network = InkFinder().eval()
    pictures = torch.rand((3, 2, finder.SIDE, finder.SIDE))
    with torch.inference_mode():
        expected = network(pictures).sigmoid().numpy()

    session = onnxruntime.InferenceSession(export(network))
    [ink] = session.run(["ink"], {"picture": pictures.numpy()})

    assert np.abs(ink - expected).max() < 1e-4


def test_what_ships_is_small() -> None:
    assert sum(one.numel() for one in InkFinder().parameters()) < 250_000
    assert finder.FILE.stat().st_size < 1_000_000
