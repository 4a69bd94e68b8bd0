"""Tests the exported files: the ONNX contract, and agreement with torch."""

import copy
import hashlib

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from training.ml.network import onnx_export
from training.ml.network.architectures import Network

pytestmark = pytest.mark.slow


def test_onnx_runtime_says_what_torch_says(tiny, images) -> None:
    with torch.inference_mode():
        said = tiny.answers(torch.from_numpy(images).unsqueeze(1).float() / 255)
    answers = onnx_export.run(onnx_export.to_float(tiny), images)
    for name in onnx_export.OUTPUTS:
        assert np.abs(answers[name] - getattr(said, name).numpy()).max() < onnx_export.TOLERANCE


def test_the_contract_names_types_and_shapes(artifacts) -> None:
    session = onnxruntime.InferenceSession(artifacts.onnx)
    (image,) = session.get_inputs()
    assert (image.name, image.type, image.shape) == ("images", "tensor(uint8)", ["N", 28, 28])
    outputs = {one.name: (one.type, one.shape) for one in session.get_outputs()}
    assert outputs == {
        "probabilities": ("tensor(float)", ["N", 10]),
        "is_digit": ("tensor(float)", ["N"]),
        "embedding": ("tensor(float)", ["N", 32]),
    }


@pytest.mark.parametrize("count", [1, 2, 7])
def test_any_number_of_images_goes(artifacts, images, count) -> None:
    answers = onnx_export.run(artifacts.onnx, images[:count])
    assert answers["probabilities"].shape == (count, 10)
    assert answers["is_digit"].shape == (count,)


def test_the_weights_are_inside_the_one_file(artifacts) -> None:
    model = onnx.load_from_string(artifacts.onnx)
    assert model.graph.initializer
    assert not any(onnx.external_data_helper.uses_external_data(t) for t in model.graph.initializer)


def test_nothing_in_the_file_tells_where_it_was_made(artifacts) -> None:
    assert b".py" not in artifacts.onnx
    assert b"site-packages" not in artifacts.onnx


def test_the_same_network_gives_the_same_bytes(artifacts, tiny, images) -> None:
    assert onnx_export.export(tiny, samples=images, calibration=images) == artifacts


def test_the_weights_come_back(artifacts, tiny, images) -> None:
    again = onnx_export.from_safetensors("cnn-tiny", artifacts.safetensors)
    assert torch.equal(again.temperature, tiny.temperature)
    assert onnx_export.to_safetensors(again) == artifacts.safetensors


def test_digests_are_of_the_bytes(artifacts) -> None:
    assert artifacts.onnx_sha256 == hashlib.sha256(artifacts.onnx).hexdigest()
    assert artifacts.safetensors_sha256 == hashlib.sha256(artifacts.safetensors).hexdigest()


class Wavering(Network):
    """Says something else each time, so that its export cannot agree with it."""

    def forward(self, images: torch.Tensor):
        reading = super().forward(images)
        shift = 0.0 if torch.compiler.is_exporting() else 1.0
        return reading._replace(embedding=reading.embedding + shift)


def test_a_file_that_says_something_else_is_refused(tiny, images) -> None:
    tiny.__class__ = Wavering
    with pytest.raises(onnx_export.ExportDiffers, match="from torch"):
        onnx_export.export(tiny, samples=images, calibration=images)


def test_a_file_that_quantising_changes_is_refused(tiny, images, monkeypatch) -> None:
    monkeypatch.setattr(onnx_export, "TOLERANCE_QUANTIZED", 1e-9)
    with pytest.raises(onnx_export.ExportDiffers, match="Quantised"):
        onnx_export.export(tiny, samples=images, calibration=images)


def test_agreement_counts_other_answers(tiny, images) -> None:
    model = onnx_export.to_float(tiny)
    assert onnx_export.agreement(tiny, model, images).changed == 0
    assert onnx_export.agreement(tiny, model, images).difference < 1e-6
    other = copy.deepcopy(tiny)
    other.digit.bias.data += torch.tensor([50.0] + [0.0] * 9)
    found = onnx_export.agreement(other, model, images)
    zeros = onnx_export.run(model, images)["probabilities"].argmax(1) == 0
    assert found.changed == pytest.approx((~zeros).mean())
    assert found.difference > 0.05
