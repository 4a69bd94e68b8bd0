"""Tests the model card that is written from a manifest."""

import copy

import pytest

from training.ml.report import model_card

MANIFEST = {
    "name": "cnn-5, seed 4, 9 epochs",
    "architecture": "cnn-5",
    "ink_version": 1,
    "parameters": 288_428,
    "onnx_sha256": "a" * 64,
    "safetensors_sha256": "b" * 64,
    "metrics": {
        "temperature": 0.5123,
        "validation": {
            "count": 5000,
            "accuracy": 0.9964,
            "errors": 18,
            "sure_errors": 4,
            "ece": 0.002,
            "nll": 0.013,
        },
        "test": {
            "count": 10_000,
            "accuracy": 0.9967,
            "errors": 33,
            "sure_errors": 7,
            "ece": 0.0012,
            "nll": 0.0111,
            "per_digit": [
                {"precision": 0.99, "recall": 0.98 + digit / 1000, "f1": 0.985, "support": 900}
                for digit in range(10)
            ],
        },
        "is_digit": {
            "auroc": 0.9987,
            "digits_accepted": 0.9943,
            "others_accepted": 0.0321,
            "others_accepted_at_99": 0.02,
            "accepted_of_changed": 0.985,
            "thresholds": [{"asked": 0.9, "digits_refused": 0.0123, "others_refused": 0.987}],
        },
    },
    "made": {
        "command": "python manage.py train_baseline --seed 4 --epochs 9",
        "seed": 4,
        "date": "2026-01-02",
        "seconds": 605,
        "torch": "2.14.1",
        "machine": "2-core x86-64, CPU",
        "training_images": 55_000,
        "epoch_images": 206_250,
        "outsiders": 110_000,
        "plan": {"polish": None, "redrawn": 1, "teacher": None},
    },
}


def test_the_card_tells_how_it_was_made_and_measured() -> None:
    said = model_card.write(MANIFEST, charts="model-card")
    for fact in (
        "python manage.py train_baseline --seed 4 --epochs 9",
        "2026-01-02",
        "10 minutes",
        "2-core x86-64, CPU",
        "288,428 parameters",
        "| test | 10,000 | 99.67% | 33 | 7 | 0.12 | 0.0111 |",
        "| 9 | 900 | 99.00% | 98.90% |",
        "99.43%",
        "accepts 98.50% of them",
        "| 0.9 | 1.23% | 98.70% |",
        "a" * 64,
        "model-card/confusion.png",
    ):
        assert fact in said


def test_a_manifest_without_a_figure_makes_no_card() -> None:
    lacking = copy.deepcopy(MANIFEST)
    del lacking["metrics"]["test"]["ece"]
    with pytest.raises(KeyError, match="ece"):
        model_card.write(lacking, charts="model-card")


def test_a_polish_is_told() -> None:
    polished = copy.deepcopy(MANIFEST)
    assert "copies of it" not in model_card.write(polished, charts="model-card")
    polish = {"copies": 3, "steps": 70, "hard": 0.5, "hardest": 4000}
    polished["made"]["plan"] = MANIFEST["made"]["plan"] | {"polish": polish}
    said = model_card.write(polished, charts="model-card")
    assert "3 copies of it were trained for 70 steps each" in said
    assert "50% of the digits were from MNIST's 4,000 hardest" in said


def test_a_teacher_is_told() -> None:
    taught = copy.deepcopy(MANIFEST)
    assert "embeddings" not in model_card.write(taught, charts="model-card")
    taught["made"]["plan"] |= {"teacher": "long", "redrawn": 0}
    taught["made"]["teacher"] = "c" * 64
    said = model_card.write(taught, charts="model-card")
    assert "train_baseline --plan long" in said
    assert "c" * 64 in said
    assert "redrawn_mnist" not in said
