"""Inference with a torch network, and the choice of its device."""

import copy

import torch
from torch import Tensor

from training.ml.network.architectures import Network, NetworkOutput


def choose_device() -> torch.device:
    """CUDA where there is a device, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster than float32: not on a CPU that has no instructions for it, or where
    the environment variable ATEN_CPU_CAPABILITY, which torch reads, rules them out."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def as_input(images: Tensor) -> Tensor:
    """uint8 [N, 28, 28] as a network's input: float [N, 1, 28, 28], 0 to 1."""
    return images.unsqueeze(1).float() / 255


@torch.inference_mode()
def read(
    network: Network, images: Tensor, *, batch: int = 100, exact: bool = True
) -> NetworkOutput:
    """The network's output for uint8 [N, 28, 28], on the CPU, in evaluation mode. The network given
    stays as it is. Unless `exact`, it runs in bf16 where that is fast: half the time.

    Small batches stay in the CPU's cache, and convolutions prefer the channels-last layout;
    together they halve the time.
    """
    cpu = torch.device("cpu")
    network = copy.deepcopy(network).to(cpu).to(memory_format=torch.channels_last).eval()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=not exact and has_fast_bf16(cpu)):
        parts = [network(as_input(part)) for part in images.cpu().split(batch)]
    return NetworkOutput(*(torch.cat(column).float() for column in zip(*parts, strict=True)))
