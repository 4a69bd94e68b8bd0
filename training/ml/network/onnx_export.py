"""Export of a torch network to a version's files: ONNX to serve, safetensors to train further.

The ONNX contract: input `images` uint8 [N, 28, 28], N free; outputs `probabilities` float32
[N, 10], `is_digit` float32 [N], `embedding` float32 [N, D]. Normalisation, calibration and weights
are inside the one file.
"""

import copy
import hashlib
import io
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

TOLERANCE = 1e-4
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


def export(network: Network, *, samples: Images) -> Artifacts:
    """Both files of a trained network, checked on `samples`, uint8 [N, 28, 28].

    Raises ExportDiffers where any output of ONNX Runtime differs by more than TOLERANCE.
    """
    artifacts = to_files(network)
    difference = largest_difference(network, artifacts.onnx, samples)
    if difference > TOLERANCE:
        raise ExportDiffers(
            f"ONNX Runtime differs from torch by {difference:.2g}, more than {TOLERANCE}."
        )
    return artifacts


def to_files(network: Network) -> Artifacts:
    """Both files of a trained network, unchecked."""
    plain = _plain(network)
    return Artifacts(onnx=_to_onnx(plain), safetensors=to_safetensors(plain))


def _plain(network: Network) -> Network:
    return copy.deepcopy(network).cpu().to(memory_format=torch.contiguous_format).eval()


def largest_difference(network: Network, model: bytes, samples: Images) -> float:
    """The largest absolute difference between torch's and ONNX Runtime's outputs, over all outputs
    for uint8 [N, 28, 28]."""
    with torch.inference_mode():
        expected = _Graph(_plain(network)).eval()(torch.from_numpy(samples))
    found = run(model, samples)
    return max(
        float(np.abs(found[name] - getattr(expected, name).numpy()).max()) for name in OUTPUTS
    )


def run(model: bytes, images: Images) -> dict[str, npt.NDArray[np.float32]]:
    """All outputs of an exported file for uint8 [N, 28, 28], by name."""
    return Session(model, threads=0).run(images)._asdict()


def to_safetensors(network: Network) -> bytes:
    """All weights, BatchNorm statistics and calibration, by their names in torch."""
    return safetensors.torch.save(
        {name: value.contiguous() for name, value in network.state_dict().items()}
    )


def from_safetensors(architecture: str, weights: bytes) -> Network:
    """The network that `to_safetensors` wrote.

    Raises UnknownArchitecture, and RuntimeError where a name or a shape differs.
    """
    network = build(architecture)
    network.load_state_dict(safetensors.torch.load(weights))
    return network.eval()


def _to_onnx(network: Network) -> bytes:
    program = torch.onnx.export(
        _Graph(network).eval(),
        (torch.zeros((2, 28, 28), dtype=torch.uint8),),
        dynamo=True,
        external_data=False,
        input_names=["images"],
        output_names=list(OUTPUTS),
        dynamic_shapes={"images": {0: torch.export.Dim("N")}},
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
