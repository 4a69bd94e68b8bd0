"""Augmentation: random changes to a batch of images that keep their labels, as tensor functions.

Images are float [N, 1, 28, 28], 0 to 1. Every function draws from the generator it is given, so a
seed determines the result, and works on the device that the images are on. torchvision's
transforms.v2 would change a whole batch alike, or one image after another, and takes no generator;
here every image gets its own map, and one grid_sample moves the batch.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Generator, Tensor


@dataclass(frozen=True)
class Strength:
    """The limits of each change, to either side. `rotation` is in degrees, `shift` and `bend` are
    in pixels; `scale`, `stretch` and `contrast` are logarithms of factors, `slant` is a shear
    factor, `thickness` a share of the way to the neighbouring pen width."""

    rotation: float = 12.0
    slant: float = 0.3
    scale: float = 0.14
    stretch: float = 0.1
    shift: float = 1.5
    bend: float = 1.6
    thickness: float = 0.9
    contrast: float = 0.35


# For the last phase of pretraining and for fine-tuning: people's digits vary less than is best for
# a network that starts from random weights.
MILD = Strength(
    rotation=8, slant=0.2, scale=0.08, stretch=0.06, shift=1, bend=1, thickness=0.6, contrast=0.25
)


def augment(images: Tensor, *, strength: Strength, generator: Generator) -> Tensor:
    """Apply all changes: one resampling for the geometry, then thickness and contrast."""
    count, device = len(images), images.device
    grid = affine_grid(count, strength=strength, generator=generator, device=device)
    grid = grid + elastic_field(count, bend=strength.bend, generator=generator, device=device)
    warped = warp(images, grid)
    thick = change_thickness(warped, limit=strength.thickness, generator=generator)
    return change_contrast(thick, limit=strength.contrast, generator=generator)


def affine_grid(
    count: int, *, strength: Strength, generator: Generator, device: torch.device
) -> Tensor:
    """The sampling grid [N, 28, 28, 2] of random rotations, slants, scalings and shifts."""

    def within(limit: float) -> Tensor:
        return _between(-limit, limit, count, generator, device)

    turn = torch.deg2rad(within(strength.rotation))
    slant, zoom, stretch = within(strength.slant), within(strength.scale), within(strength.stretch)
    wide, high = torch.exp(-zoom - stretch), torch.exp(-zoom + stretch)
    cos, sin = torch.cos(turn), torch.sin(turn)
    matrix = torch.stack(
        [
            torch.stack([wide * cos, wide * (slant * cos - sin), within(strength.shift / 14)], 1),
            torch.stack([high * sin, high * (slant * sin + cos), within(strength.shift / 14)], 1),
        ],
        dim=1,
    )
    return F.affine_grid(matrix, [count, 1, 28, 28], align_corners=False)


def elastic_field(count: int, *, bend: float, generator: Generator, device: torch.device) -> Tensor:
    """A smooth random displacement [N, 28, 28, 2], of about `bend` pixels where it is strongest.

    Elastic distortion (P. Simard et al., 2003), with the cheaper bicubic enlargement of a coarse
    random field in place of a Gaussian blur.
    """
    coarse = torch.randn((count, 2, 5, 5), generator=generator, device=device)
    field = F.interpolate(coarse, size=(28, 28), mode="bicubic", align_corners=True)
    return field.permute(0, 2, 3, 1) * (bend / 2 / 14)


def warp(images: Tensor, grid: Tensor) -> Tensor:
    """Resample images by a grid [N, 28, 28, 2] in -1 to 1; beyond their edges they are black."""
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def change_thickness(images: Tensor, *, limit: float, generator: Generator) -> Tensor:
    """Thicker or thinner strokes: part of the way to the 3x3 dilation or erosion.

    Thinning goes half as far as thickening, since thin strokes would break.
    """
    amount = _between(-limit, limit, len(images), generator, images.device)[:, None, None, None]
    thicker = F.max_pool2d(images, kernel_size=3, stride=1, padding=1)
    thinner = -F.max_pool2d(-images, kernel_size=3, stride=1, padding=1)
    grown = torch.lerp(images, thicker, amount.clamp(min=0))
    return torch.lerp(grown, thinner, (-amount).clamp(min=0) / 2)


def change_contrast(images: Tensor, *, limit: float, generator: Generator) -> Tensor:
    """Softer or harder edges (gamma), then stronger or fainter ink (gain), clamped to 0 to 1."""
    count, device = len(images), images.device
    gamma = torch.exp(_between(-limit, limit, count, generator, device))[:, None, None, None]
    gain = torch.exp(_between(-limit, limit, count, generator, device))[:, None, None, None]
    return (images.clamp(1e-4, 1) ** gamma * gain).clamp(0, 1)


def _between(
    low: float, high: float, count: int, generator: Generator, device: torch.device
) -> Tensor:
    return torch.rand(count, generator=generator, device=device) * (high - low) + low
