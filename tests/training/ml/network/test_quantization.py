"""Tests quantisation: what stays of the network, and what becomes an integer."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from training.ml.network import onnx_export, quantization

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def graph(artifacts):
    return onnx.load_from_string(artifacts.onnx).graph


def test_it_answers_nearly_as_before(artifacts, tiny, images) -> None:
    floating = onnx_export.run(onnx_export.to_float(tiny), images)
    answers = onnx_export.run(artifacts.onnx, images)
    for name in onnx_export.OUTPUTS:
        assert np.abs(answers[name] - floating[name]).mean() < 0.02 * floating[name].max()


def test_weights_are_integers_of_seven_bits(graph) -> None:
    held = [one for one in graph.initializer if one.data_type == TensorProto.INT8 and one.dims]
    weights = [onnx.numpy_helper.to_array(one) for one in held]
    matrices = [one for one in weights if one.ndim > 1]
    assert len(matrices) == 6
    assert all(np.abs(one).max() <= 64 for one in matrices)


def test_pixels_are_taken_as_they_are(graph) -> None:
    """Black and white were among the images, so that no pixel is scaled twice."""
    assert not {"Cast", "Sub"} & {node.op_type for node in graph.node[:4]}
    [first] = [node for node in graph.node if node.input[0] == "images"]
    [second] = [node for node in graph.node if node.input[0] == first.output[0]]
    assert second.op_type == "DequantizeLinear"


def test_pixels_go_through_floats_where_that_changes_them(tiny, images) -> None:
    dim = quantization.quantized(onnx_export.to_float(tiny), images // 2)
    assert "Cast" in {node.op_type for node in onnx.load_from_string(dim).graph.node}


def test_a_sample_has_as_many_of_each_kind_and_the_seed_chooses() -> None:
    kinds = [np.full((count, 28, 28), count, np.uint8) for count in (250, 0, 3)]
    chosen = quantization.sample(*kinds, seed=1)
    assert np.unique(chosen[:, 0, 0], return_counts=True)[1].tolist() == [3, 200]
    numbered = np.arange(250, dtype=np.uint8).repeat(784).reshape(-1, 28, 28)
    one, again, other = (quantization.sample(numbered, seed=seed) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
