"""Degradation: random damage like that of bad scans, dirty paper and bad framing.

Images are float [N, 1, 28, 28], 0 to 1. The damage is of the kinds in MNIST-C (N. Mu and J. Gilmer,
2019), generated differently: a network trained with it is measured by MNIST-C on known kinds of
damage, not on its robustness to unknown ones.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from training.ml.fit.augmentation import Strength, affine_grid, warp

# Off-centre, small, rotated: images that nobody centred before the network sees them.
FRAMING = Strength(rotation=35, slant=0.6, scale=0.45, stretch=0.15, shift=5)


def degrade(images: Tensor, *, generator: Generator) -> Tensor:
    """Degrade each of N >= 1 images in one of the ways, about as many in each way."""
    first = int(torch.randint(len(WAYS), (1,), generator=generator, device=images.device))
    ways = WAYS[first:] + WAYS[:first]
    parts = zip(images.chunk(len(ways)), ways, strict=False)
    return torch.cat([way(part, generator) for part, way in parts]).clamp(0, 1)


def _up_to(limit: float, images: Tensor, generator: Generator) -> Tensor:
    """A random number for each image, [N, 1, 1, 1], from 0 to the limit."""
    drawn = torch.rand((len(images), 1, 1, 1), generator=generator, device=images.device)
    return drawn * limit


def _noise_like(images: Tensor, generator: Generator) -> Tensor:
    return torch.randn(images.shape, generator=generator, device=images.device)


def _rand_like(images: Tensor, generator: Generator) -> Tensor:
    return torch.rand(images.shape, generator=generator, device=images.device)


def _grain(images: Tensor, generator: Generator) -> Tensor:
    """Gaussian noise."""
    return images + _noise_like(images, generator) * _up_to(0.5, images, generator)


def _flecks(images: Tensor, generator: Generator) -> Tensor:
    """Impulse noise: random pixels are black or white."""
    hit = _rand_like(images, generator) < _up_to(0.35, images, generator)
    return torch.where(hit, (_rand_like(images, generator) < 0.5).float(), images)


def _blur(images: Tensor, generator: Generator) -> Tensor:
    """Defocus: a 3x3 mean, applied up to three times."""
    soft = images
    for _ in range(3):
        softer = F.avg_pool2d(soft, 3, stride=1, padding=1)
        soft = torch.lerp(soft, softer, _up_to(1.5, images, generator).clamp(max=1))
    return soft


def _shake(images: Tensor, generator: Generator) -> Tensor:
    """Motion blur: the mean of the image along a short line."""
    angle = _up_to(2 * torch.pi, images, generator).flatten()
    reach = _up_to(0.3, images, generator).flatten()
    way = torch.stack([angle.cos() * reach, angle.sin() * reach], dim=1)
    still = torch.eye(2, 3, device=images.device).expand(len(images), 2, 3)
    grid = F.affine_grid(still, list(images.shape), align_corners=False)
    steps = torch.linspace(-1, 1, 7, device=images.device)
    return torch.stack([warp(images, grid + step * way[:, None, None]) for step in steps]).mean(0)


def _grey(images: Tensor, generator: Generator) -> Tensor:
    """A background that is not black."""
    return torch.lerp(images, torch.ones_like(images), _up_to(0.75, images, generator))


def _cloud(images: Tensor, generator: Generator) -> Tensor:
    """A soft pattern over the image, like fog or folded paper."""
    size = 3 + int(torch.randint(8, (1,), generator=generator, device=images.device))
    shape = (len(images), 1, size, size)
    coarse = torch.rand(shape, generator=generator, device=images.device)
    cloud = F.interpolate(coarse, size=(28, 28), mode="bicubic", align_corners=True)
    return torch.maximum(images, images * 0.3 + cloud.clamp(0, 1) * _up_to(1.0, images, generator))


def _framing(images: Tensor, generator: Generator) -> Tensor:
    """A digit that is off-centre, small or rotated."""
    grid = affine_grid(len(images), strength=FRAMING, generator=generator, device=images.device)
    return warp(images, grid)


def _band(images: Tensor, generator: Generator) -> Tensor:
    """A straight band, at any angle, in which the image is inverted."""
    return torch.where(_within_band(images, generator, widest=0.35), 1 - images, images)


def _line(images: Tensor, generator: Generator) -> Tensor:
    """One to three straight lines across the image."""
    for share in (1.0, 0.5, 0.3):
        drawn = _up_to(1, images, generator) < share
        line = _within_band(images, generator, widest=0.07) & drawn
        images = torch.where(line, torch.ones_like(images), images)
    return images


def _within_band(images: Tensor, generator: Generator, *, widest: float) -> Tensor:
    """Which pixels lie in a random straight band, bool [N, 1, 28, 28]; half a side is 1 long."""
    axis = torch.linspace(-1, 1, 28, device=images.device)
    angle = _up_to(torch.pi, images, generator)
    across = axis.view(1, 1, 1, 28) * angle.cos() + axis.view(1, 1, 28, 1) * angle.sin()
    middle = _up_to(1.4, images, generator) - 0.7
    return (across - middle).abs() < 0.03 + _up_to(widest, images, generator)


def _blots(images: Tensor, generator: Generator) -> Tensor:
    """Blots of ink, or of bleach."""
    shape = (len(images), 1, 10, 10)
    coarse = torch.randn(shape, generator=generator, device=images.device)
    field = F.interpolate(coarse, size=(28, 28), mode="bicubic", align_corners=True)
    wet = (field - 1.0 - _up_to(1.0, images, generator)).clamp(0, 0.25) * 4
    white = (_up_to(1, images, generator) < 0.6).float()
    return torch.lerp(images, white.expand_as(images), wet)


def _outline(images: Tensor, generator: Generator) -> Tensor:
    """The edges of the ink instead of the ink."""
    soft = F.interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)
    full = (soft > 0.5).float()
    edge = full - (-F.max_pool2d(-full, 3, stride=1, padding=1))
    return F.max_pool2d(edge, 2) * (1 - _up_to(0.3, images, generator))


def _dashes(images: Tensor, generator: Generator) -> Tensor:
    """Gaps in the strokes, as a poor pen leaves them."""
    coarse = torch.rand((len(images), 1, 9, 9), generator=generator, device=images.device)
    field = F.interpolate(coarse, size=(28, 28), mode="bilinear", align_corners=True)
    return images * (field > _up_to(0.5, images, generator))


WAYS: tuple[Callable[[Tensor, Generator], Tensor], ...] = (
    _grain,
    _flecks,
    _blur,
    _shake,
    _grey,
    _cloud,
    _framing,
    _framing,
    _band,
    _line,
    _blots,
    _outline,
    _dashes,
)
