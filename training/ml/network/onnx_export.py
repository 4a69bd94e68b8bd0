"""From torch to what answers: one ONNX file, and the weights as safetensors beside it.

The ONNX contract: input `images` uint8 [N, 28, 28], N free; outputs `probabilities` float32
[N, 10], `is_digit` float32 [N], `embedding` float32 [N, D]. Normalisation and calibration are
inside, and so are the weights: one file, one digest.
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
from training.ml.network.architectures import CalibratedOutput, Network, build

TOLERANCE = 1e-4
OPSET = 18


class ExportDiffers(RuntimeError):
    """The exported graph does not say what torch says."""


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
    """The network as the contract wants it: from uint8 images to calibrated answers."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> CalibratedOutput:
        answers = self.network.answers(images.unsqueeze(1).float() / 255)
        # The embedding is no output of a layer alone: torch would name it after its ReLU.
        return CalibratedOutput(answers.probabilities, answers.is_digit, answers.embedding.clone())


def export(network: Network, *, samples: npt.NDArray[np.uint8]) -> Artifacts:
    """Both files of a network that is done; `samples` uint8 [N, 28, 28] prove that they agree.

    Raises ExportDiffers when ONNX Runtime is further than TOLERANCE from torch on any of them.
    """
    artifacts = to_files(network)
    difference = largest_difference(network, artifacts.onnx, samples)
    if difference > TOLERANCE:
        raise ExportDiffers(f"ONNX Runtime is {difference:.2g} from torch, over {TOLERANCE}")
    return artifacts


def to_files(network: Network) -> Artifacts:
    """Both files of a network that is done, whether or not they agree."""
    done = _plain(network)
    return Artifacts(onnx=_to_onnx(done), safetensors=to_safetensors(done))


def _plain(network: Network) -> Network:
    return copy.deepcopy(network).cpu().to(memory_format=torch.contiguous_format).eval()


def largest_difference(network: Network, model: bytes, samples: npt.NDArray[np.uint8]) -> float:
    """The largest distance between what torch and ONNX Runtime say, over all outputs."""
    with torch.inference_mode():
        said = _Graph(_plain(network)).eval()(torch.from_numpy(samples))
    answers = run(model, samples)
    return max(float(np.abs(answers[name] - getattr(said, name).numpy()).max()) for name in OUTPUTS)


def run(model: bytes, images: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
    """All outputs of an exported model for images uint8 [N, 28, 28], by name."""
    return Session(model, threads=0).run(images)._asdict()


def to_safetensors(network: Network) -> bytes:
    """All weights, statistics and calibration, by torch's names."""
    return safetensors.torch.save(
        {name: value.contiguous() for name, value in network.state_dict().items()}
    )


def from_safetensors(architecture: str, weights: bytes) -> Network:
    """The network that `to_safetensors` wrote; strict about every name and shape."""
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
        raise ExportDiffers("torch made no ONNX program")
    model = program.model_proto
    for node in model.graph.node:
        # Where in the source a node came from: thrice the graph's size, and paths of this machine.
        del node.metadata_props[:]
        node.doc_string = ""
    onnx.checker.check_model(model)
    file = io.BytesIO()
    onnx.save_model(model, file)
    return file.getvalue()
