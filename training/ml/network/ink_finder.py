"""The network that finds ink in pictures, and its export. recognizer/ink/ink_finder.py runs it."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from recognizer.ink.ink_finder import SIDE
from training.ml.network.onnx_export import to_onnx

# The channels at a half, a quarter, ... of the picture's side.
WIDTHS = (16, 24, 32, 48, 64)


class InkFinder(nn.Module):
    """A U-Net: float [N, 2, SIDE, SIDE] (levels and where the picture is) to the logits of ink,
    [N, SIDE, SIDE]. Its first and last steps trade four pixels for four channels."""

    def __init__(self, widths: tuple[int, ...] = WIDTHS) -> None:
        super().__init__()
        before = (8, *widths[:-1])
        self.down = nn.ModuleList(_twice(*pair) for pair in zip(before, widths, strict=True))
        pairs = zip(widths[:0:-1], widths[-2::-1], strict=True)
        self.up = nn.ModuleList(_once(low + high, high) for low, high in pairs)
        self.last = nn.Conv2d(widths[0], 4, kernel_size=3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        seen, levels = F.pixel_unshuffle(pictures, 2), []
        for number, step in enumerate(self.down):
            seen = step(F.max_pool2d(seen, 2) if number else seen)
            levels.append(seen)
        for step, beside in zip(self.up, levels[-2::-1], strict=True):
            larger = F.interpolate(seen, scale_factor=2.0, mode="nearest")
            seen = step(torch.cat([larger, beside], dim=1))
        return F.pixel_shuffle(self.last(seen), 2).squeeze(1)


def _once(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    )


def _twice(channels: int, width: int) -> nn.Sequential:
    return nn.Sequential(_once(channels, width), _once(width, width))


class _FinderGraph(nn.Module):
    """As recognizer/ink/ink_finder.py runs it: the share of ink, 0 to 1."""

    def __init__(self, network: InkFinder) -> None:
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        return self.network(picture).sigmoid()


def export(network: InkFinder) -> bytes:
    """The ONNX file of a trained network: `picture` float32 [N, 2, SIDE, SIDE] to `ink` float32
    [N, SIDE, SIDE], 0 to 1."""
    example = torch.zeros((2, 2, SIDE, SIDE))
    return to_onnx(_FinderGraph(network), example, takes="picture", gives=["ink"])
