"""Tests `manage.py train_baseline` on a small MNIST."""

import hashlib
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import onnxruntime
import pytest
import torch
from django.core.management import CommandError, call_command
from django.db import transaction

from recognizer.ink import rasterize
from recognizer.models import ModelVersion
from tests import small_mnist
from training.ml.data import mnist, split
from training.ml.fit import trainer
from training.ml.fit.hard_examples import Polish
from training.ml.fit.trainer import Recipe
from training.ml.network import onnx_export
from training.ml.pretraining import pretrain
from training.ml.pretraining.checkpoint import CheckpointFile
from training.ml.pretraining.recipes import TrainingPlan

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.computes]


def train(folder: Path, output: Path, *words: str) -> str:
    said = StringIO()
    quick = ["--architecture", "cnn-tiny", "--epochs", "2", "--limit", "300", "--threads", "1"]
    places = ["--data", str(folder), "--output", str(output)]
    call_command("train_baseline", *quick, *places, *words, stdout=said)
    return said.getvalue()


@dataclass(frozen=True)
class Trained:
    """What one training wrote, printed and registered."""

    folder: Path
    output: Path
    card: Path
    said: str
    origin: str
    alias: str | None
    onnx: bytes


@pytest.fixture(scope="module")
def trained(django_db_setup, django_db_blocker, tmp_path_factory) -> Trained:
    place = tmp_path_factory.mktemp("trained")
    folder, output = small_mnist.lay(place / "mnist"), place / "out"
    card = place / "docs" / "the-card.md"
    with django_db_blocker.unblock(), transaction.atomic():
        said = train(folder, output, "--card", str(card))
        version = ModelVersion.objects.get()
        onnx = bytes(version.onnx.content)
        transaction.set_rollback(True)
    return Trained(folder, output, card, said, version.origin, version.alias, onnx)


@pytest.fixture
def output(tmp_path) -> Path:
    return tmp_path / "out"


def test_it_writes_the_files_that_a_manifest_names(trained) -> None:
    output = trained.output
    manifest = json.loads((output / "model.json").read_text())
    for name in ("onnx", "safetensors"):
        digest = hashlib.sha256((output / f"model.{name}").read_bytes()).hexdigest()
        assert manifest[f"{name}_sha256"] == digest
    assert manifest["architecture"] == "cnn-tiny"
    assert manifest["ink_version"] == rasterize.DEFAULT_VERSION
    assert manifest["made"]["seed"] == 1
    assert "--plan short" in manifest["made"]["command"]
    assert manifest["made"]["plan"]["recipe"]["epochs"] == 2
    assert "--limit 300" in manifest["made"]["command"]
    assert str(trained.folder) not in json.dumps(manifest)
    onnx_export.from_safetensors("cnn-tiny", (output / "model.safetensors").read_bytes())
    onnxruntime.InferenceSession(str(output / "model.onnx"))


def test_it_writes_the_card_and_its_charts(trained) -> None:
    assert "cnn-tiny" in trained.card.read_text()
    for name in ("curves", "confusion", "reliability"):
        assert f"the-card/{name}.png" in trained.card.read_text()
        assert (trained.card.parent / "the-card" / f"{name}.png").stat().st_size > 1000


def test_it_registers_what_it_trained_and_prints_a_table(trained) -> None:
    assert trained.origin == ModelVersion.Origin.TRAINED
    assert trained.alias == ModelVersion.Alias.CHAMPION
    assert trained.onnx == (trained.output / "model.onnx").read_bytes()
    assert "validation" in trained.said
    assert "test" in trained.said


def test_the_same_seed_gives_the_same_files(trained, folder, tmp_path) -> None:
    for place, seed in (("again", "1"), ("other", "2")):
        train(folder, tmp_path / place, "--seed", seed)
    again, other = ((tmp_path / place / "model.onnx").read_bytes() for place in ("again", "other"))
    assert trained.onnx == again
    assert trained.onnx != other


def test_nothing_reachable_is_one_clear_error(output, tmp_path, nothing_reachable) -> None:
    with pytest.raises(CommandError, match="Connect to a network"):
        train(tmp_path / "none", output)
    assert not output.exists()
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    ("option", "value"), [("--epochs", "0"), ("--limit", "-5"), ("--threads", "many")]
)
def test_a_nonsense_number_is_refused(folder, output, option, value) -> None:
    with pytest.raises(CommandError, match="whole number from 1"):
        train(folder, output, option, value)


def test_an_unknown_architecture_is_refused_with_the_known_ones(folder, output) -> None:
    with pytest.raises(CommandError, match="cnn-5"):
        train(folder, output, "--architecture", "resnet")


def test_the_validation_digits_are_the_same_for_every_run(small: mnist.Mnist) -> None:
    first, again = split.split(small, limit=200), split.split(small, limit=200)
    assert (first.held_images == again.held_images).all()
    assert (len(first.images), len(first.held_images)) == (180, 20)


def test_no_validation_digit_is_learnt_from(small: mnist.Mnist) -> None:
    parts = split.split(small)
    learnt = {image.tobytes() for image in parts.images}
    assert not any(image.tobytes() in learnt for image in parts.held_images)


def test_an_unknown_plan_is_refused_with_the_known_ones(folder, output) -> None:
    with pytest.raises(CommandError, match="short, long"):
        train(folder, output, "--plan", "endless")


def test_a_closing_phase_goes_on_from_the_first(small: mnist.Mnist) -> None:
    seen: list[int] = []
    recipe = Recipe(epochs=2, batch=60, non_digits=8)
    plan = TrainingPlan(recipe, architecture="cnn-tiny", closing=Recipe(epochs=1, batch=60))
    made = pretrain.make(
        small,
        plan=plan,
        limit=200,
        command="",
        on_step=lambda step: seen.append(step.step),
        version=1,
    )
    assert [one.epoch for one in made.history] == [1, 2, 3]
    assert seen == [*range(1, 7), *range(1, 4)]
    # Begun anew, one short epoch would know less than two.
    assert made.history[2].loss < made.history[0].loss


PLAN = TrainingPlan(
    Recipe(epochs=2, batch=60, non_digits=8),
    architecture="cnn-tiny",
    closing=Recipe(epochs=2, batch=60, non_digits=8),
    polish=Polish(Recipe(batch=20, non_digits=4, frozen_statistics=True), copies=2, steps=2),
)


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.mark.parametrize("steps", [1, 4, 8, 11])
def test_what_was_stopped_goes_on_and_ends_as_if_it_had_not(small, tmp_path, steps) -> None:
    parts = split.split(small, limit=200)
    checkpoint = CheckpointFile(tmp_path / "kept.pt", of="this")
    whole = pretrain.train(parts, plan=PLAN, on_step=lambda step: None, version=1)
    taken: list[trainer.Progress] = []

    def stop(step: trainer.Progress) -> None:
        taken.append(step)
        if len(taken) == steps:
            raise Stopped

    with pytest.raises(Stopped):
        pretrain.train(parts, plan=PLAN, on_step=stop, checkpoint=checkpoint, version=1)
    resumed = pretrain.train(
        parts, plan=PLAN, on_step=taken.append, checkpoint=checkpoint, version=1
    )
    done = steps // 3 * 3
    assert len(taken) == steps + (12 - done) + 4
    assert [epoch.epoch for epoch in resumed.history] == [1, 2, 3, 4]
    assert resumed.history == whole.history
    assert same_weights(resumed.network, whole.network)


def test_what_another_training_left_is_not_taken_up(tmp_path) -> None:
    CheckpointFile(tmp_path / "kept.pt", of="this").save({"phase": 1})
    assert CheckpointFile(tmp_path / "kept.pt", of="that").load() is None
    assert CheckpointFile(tmp_path / "kept.pt", of="this").load() == {"phase": 1}


def test_a_training_that_is_done_leaves_no_checkpoint(trained) -> None:
    assert sorted(path.name for path in trained.output.glob("*checkpoint*")) == []


def test_what_cannot_be_written_is_not_lost(folder, output) -> None:
    (output / "model.onnx").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        train(folder, output)
    assert (output / "checkpoint.pt").exists()


def same_weights(one, other) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)
