"""Reading pictures with a torch network, on the device there is."""

import copy

import torch
from torch import Tensor

from training.ml.network.architectures import Network, NetworkOutput


def choose_device() -> torch.device:
    """CUDA when there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bf16 pays: on a processor only with instructions for it, else it is slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def as_input(images: Tensor) -> Tensor:
    """uint8 [N, 28, 28] to what a network reads: float [N, 1, 28, 28], 0 to 1."""
    return images.unsqueeze(1).float() / 255


@torch.inference_mode()
def read(
    network: Network, images: Tensor, *, batch: int = 100, exact: bool = True
) -> NetworkOutput:
    """Read uint8 [N, 28, 28] with a network that is done, on the processor. What need not be
    `exact` is read in half precision where that takes half the time.

    Small batches stay in the processor's cache, and its convolutions like channels last: together
    that takes half the time.
    """
    cpu = torch.device("cpu")
    network = copy.deepcopy(network).to(cpu).to(memory_format=torch.channels_last).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not exact and has_fast_bf16(cpu)):
        parts = [network(as_input(part)) for part in images.cpu().split(batch)]
    return NetworkOutput(*(torch.cat(column).float() for column in zip(*parts, strict=True)))
