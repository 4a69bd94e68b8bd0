"""Tests the benchmarks' tools; their load itself needs a quiet machine and is not tested."""

import json

import numpy as np
import torch

from benchmarks import report
from benchmarks.baselines import shipped_network
from benchmarks.tools import drawings, filling
from recognizer.ink import rasterize, strokes
from tests import small_mnist
from training.ml.network import inference


def test_the_drawings_have_60_points_and_are_no_two_the_same():
    made = drawings.drawings(50)
    read = [strokes.parse(one["strokes"], width=one["width"], height=one["height"]) for one in made]
    assert {len(one.points) for one in read} == {60}
    assert len({rasterize.from_strokes(one, version=1).tobytes() for one in read}) == 50
    assert drawings.drawings(50) == made


def test_a_long_history_holds_a_few_of_what_is_rare():
    said = [filling.answer_and_label(number, 1000) for number in range(1000)]
    rare = [(None, None), (3, 8), (3, None)]
    assert [said.count(one) for one in rare] == [filling.RARE] * 3
    assert said[-15:] == [one for one in rare for _ in range(5)][::-1]


def test_the_page_of_results_is_made_from_what_was_kept():
    kept = json.loads(report.JSON.read_text())
    assert report.PAGE.read_text() == report.page(kept)
    assert len(report.aims(kept["live"])) == 6


def test_the_rival_runs_the_network_that_ships():
    small = small_mnist.load()
    output = inference.read(shipped_network.load(), torch.from_numpy(small.test_images))
    assert np.mean(output.logits.argmax(1).numpy() == small.test_labels) > 0.97
