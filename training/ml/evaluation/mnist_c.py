"""MNIST-C's fifteen corruptions at its published severities. Pure.

N. Mu and J. Gilmer, "MNIST-C: A Robustness Benchmark for Computer Vision" (2019), and its
published generator, reimplemented with NumPy, SciPy and OpenCV. The corruptions are the same in
kind and severity; the noise that each digit gets follows this module's seeds.
"""

import math
from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from training.ml.arrays import Floats, Images, Random

SIDE = 28
MIDDLE = (SIDE - 1) / 2
FOG_MAP = 256  # larger than the part that is used
FOG_BATCH = 64

Corruption = Callable[[Floats, Random], Floats]


def corrupt(images: Images, name: str, *, seed: int = 1) -> Images:
    """Digits uint8 [N, 28, 28] with the corruption of this name in CORRUPTIONS.

    Each corruption has its own random stream of the seed. Raises KeyError for an unknown name.
    """
    corruption = CORRUPTIONS[name]
    random = np.random.default_rng([seed, list(CORRUPTIONS).index(name)])
    ink = images.astype(np.float32) / 255
    return np.rint(corruption(ink, random).clip(0, 1) * 255).astype(np.uint8)


# Each takes ink float32 [N, 28, 28], 0 to 1, and returns it corrupted; `corrupt` clips to 0 to 1.


def shot_noise(ink: Floats, random: Random, *, rate: float = 3) -> Floats:
    """Poisson noise: full ink consists of `rate` grains on average."""
    return (random.poisson(ink * rate) / rate).astype(np.float32)


def impulse_noise(ink: Floats, random: Random, *, share: float = 0.17) -> Floats:
    """Salt and pepper: this share of the pixels becomes black or white, with equal chances."""
    chance = random.random(ink.shape, np.float32)
    return np.where(chance < share / 2, 0, np.where(chance < share, 1, ink)).astype(np.float32)


def glass_blur(
    ink: Floats, random: Random, *, blur: float = 0.7, reach: int = 1, rounds: int = 2
) -> Floats:
    """Neighbouring pixels are swapped between two blurs.

    The blurs run along the columns only, as in the published generator.
    """
    soft = _blurred(ink, (blur, 0))
    flat = np.floor(soft * 255).reshape(len(ink), -1).T.copy()  # [784, N]
    digits = np.arange(len(ink))
    places = range(SIDE - reach, reach, -1)
    for place in rounds * [SIDE * row + column for row in places for column in places]:
        moves = random.integers(-reach, reach, (2, len(ink)))
        swaps = random.random(len(ink), np.float32) < 0.5
        other = place + swaps * (SIDE * moves[0] + moves[1])
        mine, theirs = flat[place].copy(), flat[other, digits]
        flat[other, digits] = mine
        flat[place] = theirs
    return _blurred(flat.T.reshape(ink.shape) / 255, (blur, 0))


def motion_blur(ink: Floats, random: Random, *, reach: int = 10, spread: float = 3) -> Floats:
    """Each pixel is smeared to one side, at most 45 degrees up or down, as ImageMagick does it."""
    steps = np.arange(2 * reach + 1)
    weights = np.exp(-(steps**2) / (2 * spread**2))
    weights /= weights.sum()
    moved = [
        cv2.filter2D(one, -1, _trail(angle, steps, weights), borderType=cv2.BORDER_REPLICATE)
        for one, angle in zip(ink, np.radians(random.uniform(-45, 45, len(ink))), strict=True)
    ]
    return np.stack(moved)


def _trail(angle: float, steps: npt.NDArray, weights: npt.NDArray) -> Floats:
    """A square kernel with the weights along a line from its centre."""
    right = np.ceil(steps * math.cos(angle) - 0.5).astype(int)
    down = np.ceil(steps * math.sin(angle) - 0.5).astype(int)
    longest = int(steps[-1])
    kernel = np.zeros((2 * longest + 1, 2 * longest + 1), np.float32)
    np.add.at(kernel, (longest + down, longest + right), weights)
    return kernel


def shear(ink: Floats, random: Random, *, angle: float = 0.4) -> Floats:
    """Sheared by this angle to either side, and its height scaled by the cosine."""
    return _warped(
        ink, [[[1, -math.sin(s)], [0, math.cos(s)]] for s in _signs(random, len(ink)) * angle]
    )


def rotate(ink: Floats, random: Random, *, angle: float = 0.4) -> Floats:
    """Rotated by this angle, in either direction."""
    return _warped(
        ink,
        [
            [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
            for turn in _signs(random, len(ink)) * angle
        ],
    )


def scale(ink: Floats, random: Random, *, size: float = 0.7) -> Floats:
    """Scaled about the centre."""
    return _warped(ink, [[[1 / size, 0], [0, 1 / size]]] * len(ink))


def translate(ink: Floats, random: Random, *, by: int = 3) -> Floats:
    """Translated by so many pixels along both axes."""
    room = np.pad(ink, ((0, 0), (by, by), (by, by)))
    starts = by + by * _signs(random, (len(ink), 2)).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(room, (SIDE, SIDE), axis=(1, 2))
    return windows[np.arange(len(ink)), starts[:, 0], starts[:, 1]]


def _signs(random: Random, shape: int | tuple[int, ...]) -> npt.NDArray[np.float64]:
    return random.choice([-1.0, 1.0], shape)


def _warped(ink: Floats, matrices: list[list[list[float]]]) -> Floats:
    """Affine transformations about the centre: each matrix [2, 2] maps output to input, x first."""
    maps = np.array(matrices)
    middles = MIDDLE - maps @ np.full(2, MIDDLE)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    maps = np.concatenate([maps, middles[:, :, None]], axis=2)
    return np.stack(
        [
            cv2.warpAffine(one, each, (SIDE, SIDE), flags=flags)
            for one, each in zip(ink, maps, strict=True)
        ]
    )


def brightness(ink: Floats, random: Random, *, more: float = 0.5) -> Floats:
    """Everything brighter, including the background."""
    return ink + more


def stripe(ink: Floats, random: Random, *, width: int = 7) -> Floats:
    """Inverted stripes along both sides."""
    striped = ink.copy()
    for side in (np.s_[:, :, :width], np.s_[:, :, -width:]):
        striped[side] = 1 - ink[side]
    return striped


def fog(ink: Floats, random: Random, *, density: float = 3.0, decay: float = 1.4) -> Floats:
    """Covered by a plasma fractal `density` times as bright as the ink."""
    starts = range(0, len(ink), FOG_BATCH)
    cuts = [_plasma(len(ink[at : at + FOG_BATCH]), random, decay) for at in starts]
    brightest = ink.max(axis=(1, 2), keepdims=True)
    return (ink + density * np.concatenate(cuts)) * brightest / (brightest + density)


def _plasma(count: int, random: Random, decay: float) -> Floats:
    """A corner [N, 28, 28] of plasma fractals, each scaled to 0 to 1, by the diamond-square
    algorithm."""
    field = np.zeros((count, 1, 1), np.float32)
    swing = 1.0
    while field.shape[1] < FOG_MAP:
        field = _finer(field, swing, random)
        swing /= decay**2
    low, high = (end(axis=(1, 2), keepdims=True) for end in (field.min, field.max))
    return (field[:, :SIDE, :SIDE] - low) / (high - low)


def _finer(corners: Floats, swing: float, random: Random) -> Floats:
    """Twice as many points along both axes, with periodic edges: each new one is the mean of the
    four around it, plus or minus up to `swing`."""

    def between(sum_of_four: Floats) -> Floats:
        chance = random.random(corners.shape, np.float32)
        return sum_of_four / 4 + (2 * chance - 1) * np.float32(swing)

    pairs = corners + np.roll(corners, -1, axis=1)
    middles = between(pairs + np.roll(pairs, -1, axis=2))
    fine = np.empty((len(corners), 2 * corners.shape[1], 2 * corners.shape[2]), np.float32)
    fine[:, ::2, ::2], fine[:, 1::2, 1::2] = corners, middles
    across = corners + np.roll(corners, -1, axis=2) + middles + np.roll(middles, 1, axis=1)
    fine[:, ::2, 1::2] = between(across)
    fine[:, 1::2, ::2] = between(pairs + middles + np.roll(middles, 1, axis=2))
    return fine


def spatter(
    ink: Floats, random: Random, *, level: float = 0.65, noise: float = 0.3, grey: float = 63 / 255
) -> Floats:
    """Dark grey blots over the ink."""
    liquid = _blurred(random.normal(level, noise, ink.shape).astype(np.float32), (1, 1))
    blots = _blurred((liquid > level).astype(np.float32), (1.5, 1.5))
    blots[blots < 0.8] = 0
    return ink * (1 - blots) + grey * blots


def dotted_line(ink: Floats, random: Random) -> Floats:
    """A dotted line from the left edge to the right."""
    ends = random.integers(0, SIDE - 1, (len(ink), 2)).tolist()
    dots = np.arange(SIDE) // 2 % 2
    return ink + dots * np.stack([_line(0, left, SIDE - 1, right) for left, right in ends])


def zigzag(ink: Floats, random: Random) -> Floats:
    """A zigzag from the left to the right, slightly rising or falling."""
    starts = random.integers(0, SIDE - 1, len(ink)).tolist()
    rises = random.integers(-5, 5, len(ink)).tolist()
    return ink + np.stack([_zigzag(*each) for each in zip(starts, rises, strict=True)])


@cache
def _zigzag(start: int, rise: int, left: int = 2, right: int = 25, half: float = 2.0) -> Floats:
    """Teeth of height `half`, twice as wide, on both sides of a line that begins at `start`."""
    angle = math.atan(rise / (right - left))
    length = (right - left) / math.cos(angle)
    count = int((length - half) // (2 * half)) + 1
    teeth = [((2 * tooth + 1) * half, (-1) ** tooth * half) for tooth in range(count)]
    rest = length - 2 * half * (length // (2 * half))
    points = np.array([(0.0, 0.0), *teeth, (length, teeth[-1][1] / (2 * rest))])
    cos, sin = math.cos(angle), math.sin(angle)
    xy = points @ np.array([[cos, sin], [-sin, cos]]) + (left, start)
    return sum((_line(*xy[at], *xy[at + 1]) for at in range(len(xy) - 1)), start=_NOTHING)


_NOTHING = np.zeros((SIDE, SIDE), np.float32)


@cache
def _line(x0: float, y0: float, x1: float, y1: float, thick: float = 2.3) -> Floats:
    """A line that fades with the vertical distance from it; [28, 28]."""
    row, column = np.ogrid[:SIDE, :SIDE]
    away = np.abs(row - (y0 + (y1 - y0) / (x1 - x0) * (column - x0)))
    bright = np.log(1 - np.minimum(away, thick - 1e-6) / thick) + 1
    within = (column >= math.floor(x0)) & (column < math.ceil(x1))
    return np.where(within, bright.clip(0, 1), 0).astype(np.float32)


def canny_edges(
    ink: Floats, random: Random, *, blur: float = 1.0, low: float = 0.1, high: float = 0.2
) -> Floats:
    """Edges by J. Canny (1986): ridges of the gradient that are connected to a strong one."""
    soft = _blurred(ink, (blur, blur))
    down, right = _sobel(soft, along=1, across=2), _sobel(soft, along=2, across=1)
    gradient = np.hypot(down, right)
    ridges = (gradient >= low) & _is_ridge(gradient, down, right)
    ridges[:, [0, -1]] = ridges[:, :, [0, -1]] = False
    one_image = np.zeros((3, 3, 3), bool)
    one_image[1] = True
    parts, _ = ndimage.label(ridges, one_image)
    strong = np.unique(parts[ridges & (gradient >= high)])
    return np.isin(parts, strong[strong > 0]).astype(np.float32)


def _sobel(ink: Floats, *, along: int, across: int) -> Floats:
    """The Sobel gradient of each image; SciPy's own would smooth across neighbouring images."""
    return ndimage.correlate1d(ndimage.correlate1d(ink, [-1, 0, 1], along), [1, 2, 1], across)


def _is_ridge(gradient: Floats, down: Floats, right: Floats) -> npt.NDArray[np.bool_]:
    """Where the gradient is no smaller than one pixel ahead and one behind in its direction."""
    step = np.maximum(np.maximum(np.abs(down), np.abs(right)), 1e-12)
    here = np.indices(gradient.shape, np.float32)
    way = np.stack([np.zeros_like(step), down / step, right / step])
    ahead, back = (ndimage.map_coordinates(gradient, here + s * way, order=1) for s in (1, -1))
    return (gradient >= ahead) & (gradient >= back)


def _blurred(ink: Floats, sigmas: tuple[float, float]) -> Floats:
    """A Gaussian blur with these sigmas, vertical and horizontal, of each image."""
    return ndimage.gaussian_filter(ink, (0, *sigmas), mode="nearest")


CORRUPTIONS: dict[str, Corruption] = {
    one.__name__: one
    for one in (
        shot_noise,
        impulse_noise,
        glass_blur,
        motion_blur,
        shear,
        scale,
        rotate,
        brightness,
        translate,
        stripe,
        fog,
        spatter,
        dotted_line,
        zigzag,
        canny_edges,
    )
}
