"""Static quantisation of an exported network to 8-bit integers (B. Jacob et al., 2018).

Weights have 7 bits: on processors without VNNI the sum of two products of 8-bit numbers can exceed
16 bits and would be cut off. So the answers are the same on every processor.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnx
from onnx import GraphProto, NodeProto, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.quant_utils import add_pre_process_metadata

from training.ml.arrays import Images

OPERATORS = ["Conv", "Relu", "MaxPool", "Reshape", "Gemm"]
BATCH = 100
# How many images of each kind the ranges of the activations are taken from.
OF_EACH = 200


def sample(*kinds: Images, seed: int) -> Images:
    """At most OF_EACH images of each kind, uint8 [N, 28, 28], to calibrate on; the seed chooses."""
    random = np.random.default_rng(seed)
    return np.concatenate(
        [kind[random.permutation(len(kind))[:OF_EACH]] for kind in kinds if len(kind)]
    )


def quantized(model: bytes, images: Images) -> bytes:
    """An exported ONNX file with weights and activations as integers, and the same contract.

    The ranges of the activations are those on images uint8 [N, 28, 28]. Weights have a scale for
    each channel.
    """
    graph = onnx.load_from_string(model)
    add_pre_process_metadata(graph)  # the exporter has folded and fused already
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        quantize_static(
            graph,
            file,
            _Batches(images),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
        result = onnx.load(file)
    _take_pixels_as_they_are(result.graph)
    onnx.checker.check_model(result)
    content: bytes = result.SerializeToString(deterministic=True)
    return content


class _Batches(CalibrationDataReader):
    """Images for the calibration, some at a time."""

    def __init__(self, images: Images) -> None:
        self._batches: Iterator[Images] = iter(
            [images[at : at + BATCH] for at in range(0, len(images), BATCH)]
        )

    def get_next(self) -> dict[str, Images] | None:
        batch = next(self._batches, None)
        return None if batch is None else {"images": batch}


def _take_pixels_as_they_are(graph: GraphProto) -> None:
    """Leave out the way from pixels to floats and back to integers, where it changes none: its
    scale is that of the pixels when black and white were among the images."""
    way = _first_steps(graph)
    pixels, last = way[0].output[0], way[-1]
    if last.op_type != "QuantizeLinear" or not _is_identity(graph, way[1:]):
        return
    for node in graph.node:
        node.input[:] = [pixels if name == last.output[0] else name for name in node.input]
    for node in way[1:]:
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    for constant in [one for one in graph.initializer if one.name not in used]:
        graph.initializer.remove(constant)


def _first_steps(graph: GraphProto) -> list[NodeProto]:
    """The nodes from the images to the first that makes integers of them."""
    by_input = {node.input[0]: node for node in graph.node}
    way = [by_input["images"]]
    while way[-1].op_type != "QuantizeLinear" and way[-1].output[0] in by_input:
        way.append(by_input[way[-1].output[0]])
    return way


def _is_identity(graph: GraphProto, steps: list[NodeProto]) -> bool:
    """Whether these steps give every pixel's value, 0 to 255, back."""
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    values: npt.NDArray[np.float32] = np.arange(256, dtype=np.float32)
    for step in steps:
        others = [constants[name] for name in step.input[1:]]
        match step.op_type:
            case "Cast":
                pass
            case "Sub":
                values = values - others[0]
            case "Div":
                values = values / others[0]
            case "QuantizeLinear":
                values = np.round(values / others[0]) + others[1]
            case _:
                return False
    return bool((values == np.arange(256)).all())
