"""Export of a torch network to a version's files: ONNX to serve, safetensors to train further.

The ONNX contract: input `images` uint8 [N, 28, 28], N free; outputs `probabilities` float32
[N, 10], `is_digit` float32 [N], `embedding` float32 [N, D]. Normalisation, calibration and weights
are inside the one file, quantised to integers (quantization.py).
"""

import copy
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
import safetensors.torch
import torch
from torch import Tensor, nn

from recognizer.inference.classifier import OUTPUTS, Session
from training.ml.arrays import Images
from training.ml.network.architectures import CalibratedOutput, Network, build
from training.ml.network.predictions import Agreement
from training.ml.network.quantization import quantized

# How far the graph may lie from torch before it is quantised; and how far its probabilities may
# afterwards, on average. (How many answers change says little of a network that is hardly trained,
# most of whose answers are nearly ties.)
TOLERANCE, TOLERANCE_QUANTIZED = 1e-4, 0.02
OPSET = 18


class ExportDiffers(RuntimeError):
    """The exported graph's output differs from torch's."""


@dataclass(frozen=True)
class Artifacts:
    """The two files of a model version."""

    onnx: bytes
    safetensors: bytes

    @property
    def onnx_sha256(self) -> str:
        return hashlib.sha256(self.onnx).hexdigest()

    @property
    def safetensors_sha256(self) -> str:
        return hashlib.sha256(self.safetensors).hexdigest()


class _Graph(nn.Module):
    """The network as the contract describes it: from uint8 images to calibrated output."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> CalibratedOutput:
        answers = self.network.answers(images.unsqueeze(1).float() / 255)
        # Cloned, or torch would name this output after the ReLU that it comes from.
        return CalibratedOutput(answers.probabilities, answers.is_digit, answers.embedding.clone())


def export(network: Network, *, samples: Images, calibration: Images) -> Artifacts:
    """Both files of a trained network, calibrated on `calibration` and checked on `samples`, uint8
    [N, 28, 28].

    Raises ExportDiffers where any output of ONNX Runtime differs by more than TOLERANCE before it
    is quantised, or the probabilities by more than TOLERANCE_QUANTIZED on average afterwards.
    """
    graph = to_float(network)
    difference = largest_difference(network, graph, samples)
    if difference > TOLERANCE:
        raise ExportDiffers(
            f"ONNX Runtime differs from torch by {difference:.2g}, more than {TOLERANCE}."
        )
    artifacts = Artifacts(quantized(graph, calibration), to_safetensors(_plain(network)))
    difference = agreement(network, artifacts.onnx, samples).difference
    if difference > TOLERANCE_QUANTIZED:
        raise ExportDiffers(
            f"Quantised, the network’s probabilities differ by {difference:.2g} on average, "
            f"more than {TOLERANCE_QUANTIZED}."
        )
    return artifacts


def to_files(network: Network, *, calibration: Images) -> Artifacts:
    """Both files of a trained network, unchecked; quantised by uint8 [N, 28, 28]."""
    return Artifacts(quantized(to_float(network), calibration), to_safetensors(_plain(network)))


def to_float(network: Network) -> bytes:
    """The ONNX file of a network, not quantised."""
    example = torch.zeros((2, 28, 28), dtype=torch.uint8)
    return to_onnx(_Graph(_plain(network)), example, takes="images", gives=OUTPUTS)


def _plain(network: Network) -> Network:
    return copy.deepcopy(network).cpu().to(memory_format=torch.contiguous_format).eval()


def largest_difference(network: Network, model: bytes, samples: Images) -> float:
    """The largest absolute difference between torch's and ONNX Runtime's outputs, over all outputs
    for uint8 [N, 28, 28]."""
    expected, found = _by_torch(network, samples), run(model, samples)
    return max(
        float(np.abs(found[name] - getattr(expected, name).numpy()).max()) for name in OUTPUTS
    )


def agreement(network: Network, model: bytes, samples: Images) -> Agreement:
    """How far a file's answers to uint8 [N, 28, 28] lie from torch's."""
    expected = _by_torch(network, samples).probabilities.numpy()
    found = run(model, samples)["probabilities"]
    return Agreement(
        changed=float((found.argmax(1) != expected.argmax(1)).mean()),
        difference=float(np.abs(found - expected).mean()),
    )


@torch.inference_mode()
def _by_torch(network: Network, samples: Images) -> CalibratedOutput:
    answers: CalibratedOutput = _Graph(_plain(network)).eval()(torch.from_numpy(samples))
    return answers


def run(model: bytes, images: Images) -> dict[str, npt.NDArray[np.float32]]:
    """All outputs of an exported file for uint8 [N, 28, 28], by name."""
    return Session(model, threads=0).run(images)._asdict()


def to_safetensors(network: Network) -> bytes:
    """All weights, BatchNorm statistics and calibration, by their names in torch."""
    return safetensors.torch.save(
        {name: value.contiguous() for name, value in network.state_dict().items()}
    )


def weights_sha256(network: Network) -> str:
    """The SHA-256 of the weights as a file."""
    return hashlib.sha256(to_safetensors(network)).hexdigest()


def from_safetensors(architecture: str, weights: bytes) -> Network:
    """The network that `to_safetensors` wrote.

    Raises UnknownArchitecture, and RuntimeError where a name or a shape differs.
    """
    network = build(architecture)
    network.load_state_dict(safetensors.torch.load(weights))
    return network.eval()


def to_onnx(graph: nn.Module, example: Tensor, *, takes: str, gives: Sequence[str]) -> bytes:
    """The ONNX file of a graph with one input, named `takes`, whose first axis is free, and the
    outputs `gives`. Raises ExportDiffers where torch exports nothing."""
    program = torch.onnx.export(
        graph.eval(),
        (example,),
        dynamo=True,
        external_data=False,
        input_names=[takes],
        output_names=list(gives),
        dynamic_shapes=({0: torch.export.Dim("N")},),
        opset_version=OPSET,
        verbose=False,
    )
    if program is None:
        raise ExportDiffers("torch exported no ONNX program.")
    model = program.model_proto
    for node in model.graph.node:
        # Stack traces of the source: three times the graph's size, with paths of this machine.
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    file = io.BytesIO()
    onnx.save_model(model, file)
    return file.getvalue()
