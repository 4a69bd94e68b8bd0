"""Tests the shipped model version: its card, size, and accuracy."""

import json
from pathlib import Path

import pytest

from recognizer.registry import SHIPPED
from training.ml.evaluation import metrics
from training.ml.network import architectures, onnx_export
from training.ml.report import model_card

CARD = Path(__file__).parents[3] / "docs" / "model-card.md"


@pytest.fixture(scope="module")
def manifest() -> dict:
    return json.loads((SHIPPED / "model.json").read_text())


def test_the_card_in_the_docs_is_of_the_version_that_ships(manifest) -> None:
    assert CARD.read_text() == model_card.write(manifest, charts="model-card")
    assert all((CARD.with_suffix("") / f"{name}.png").exists() for name in model_card.CHARTS)


def test_it_is_small_and_good_enough(manifest) -> None:
    size = sum((SHIPPED / f"model.{kind}").stat().st_size for kind in ("onnx", "safetensors"))
    assert size < 2_500_000
    assert manifest["parameters"] <= architectures.PARAMETER_LIMIT
    assert manifest["metrics"]["test"]["accuracy"] >= 0.996


def test_its_weights_and_its_graph_say_the_same(manifest, small) -> None:
    weights = (SHIPPED / "model.safetensors").read_bytes()
    graph = (SHIPPED / "model.onnx").read_bytes()
    made = onnx_export.from_safetensors(manifest["architecture"], weights)
    agreement = onnx_export.agreement(made, graph, small.test_images)
    assert agreement.changed == 0
    assert agreement.difference < 0.001


def test_it_reads_digits_that_it_never_saw(small) -> None:
    answers = onnx_export.run((SHIPPED / "model.onnx").read_bytes(), small.test_images)
    assert metrics.evaluate(answers["probabilities"], small.test_labels).errors <= 2
    assert (answers["is_digit"] >= 0.5).mean() >= 0.98
