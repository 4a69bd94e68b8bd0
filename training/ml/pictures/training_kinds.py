"""The kinds of pictures to train on: those that also measure, and some only for training, such as
signs that are not digits, and degraded MNIST images. Pure."""

import cv2
import numpy as np

from training.ml.arrays import Floats, Random
from training.ml.pictures import crops, framed, kinds, plain, ruled, writing
from training.ml.pictures.canvas import MadePicture, as_floats
from training.ml.pictures.kinds import Kind
from training.ml.pictures.writing import Digits
from training.ml.synthesis import letters

SIDE = 28


def letter(source: Digits, random: Random) -> MadePicture:
    """A letter on plain, lined or squared paper: writing, though no digit."""
    print_ = letters.printed(random).astype(np.float32) / 255
    ink = writing.scaled(writing.cropped(print_), random.uniform(20, 120))
    return plain.written(ink, "", random)


def damaged(source: Digits, random: Random) -> MadePicture:
    """MNIST as it is, 28x28, or damaged: blurred, noisy, foggy, partly inverted, struck through."""
    image, label = source.any(random)
    ink: Floats = image.astype(np.float32) / 255
    ways = [_blurred, _outlined, _moved]
    if random.random() < 0.5:
        ink = ways[int(random.integers(len(ways)))](ink, random)
    seen = ink
    harms = [_grain, _flecks, _inverted, _inverted, _clouded, _struck, _grey]
    if random.random() < 0.8:
        seen = harms[int(random.integers(len(harms)))](ink, random)
    levels = np.clip(seen, 0, 1)
    if random.random() < 0.3:
        levels = 1 - levels
    return MadePicture(np.rint(levels * 255).astype(np.uint8), ink, str(label))


def _blurred(ink: Floats, random: Random) -> Floats:
    if random.random() < 0.5:
        return as_floats(cv2.GaussianBlur(ink, (0, 0), random.uniform(0.4, 1.2)))
    angle, length = random.uniform(0, np.pi), int(random.integers(3, 11))
    kernel = np.zeros((11, 11), np.float32)
    for step in np.linspace(-length / 2, length / 2, 4 * length):
        kernel[round(5 + step * np.sin(angle)), round(5 + step * np.cos(angle))] += 1
    return as_floats(cv2.filter2D(ink, -1, kernel / kernel.sum()))


def _outlined(ink: Floats, random: Random) -> Floats:
    full = (cv2.resize(ink, (56, 56), interpolation=cv2.INTER_CUBIC) > 0.5).astype(np.uint8)
    edge = cv2.morphologyEx(full, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)).astype(np.float32)
    return as_floats(cv2.resize(edge, (SIDE, SIDE), interpolation=cv2.INTER_AREA))


def _moved(ink: Floats, random: Random) -> Floats:
    turn, size = random.uniform(-30, 30), random.uniform(0.6, 1.1)
    move = np.array(cv2.getRotationMatrix2D((13.5, 13.5), turn, size))
    move[:, 2] += np.array(random.uniform(-4, 4, 2), float)
    return as_floats(cv2.warpAffine(ink, move, (SIDE, SIDE)))


def _grain(ink: Floats, random: Random) -> Floats:
    if random.random() < 0.5:
        grains = random.uniform(2, 8)
        return (random.poisson(np.clip(ink, 0, 1) * grains) / grains).astype(np.float32)
    return ink + random.normal(0, random.uniform(0.05, 0.3), ink.shape).astype(np.float32)


def _flecks(ink: Floats, random: Random) -> Floats:
    hit = random.random(ink.shape) < random.uniform(0.02, 0.25)
    return np.where(hit, random.random(ink.shape) < 0.5, ink).astype(np.float32)


def _inverted(ink: Floats, random: Random) -> Floats:
    """Inverted within a straight band, or outside it."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    angle = random.choice([0, 0, np.pi / 2, random.uniform(0, np.pi)])
    across = x * np.cos(angle) + y * np.sin(angle) - random.uniform(-0.3, 0.3)
    band = (np.abs(across) < random.uniform(0.15, 0.7)) ^ (random.random() < 0.6)
    return np.where(band, 1 - ink, ink).astype(np.float32)


def _clouded(ink: Floats, random: Random) -> Floats:
    size = int(random.integers(3, 9))
    cloud = cv2.resize(
        random.random((size, size)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC
    )
    dense = random.uniform(0.3, 2.5)
    return (ink + dense * np.clip(cloud, 0, 1)) / (1 + dense)


def _struck(ink: Floats, random: Random) -> Floats:
    """Through the picture: a line, dotted or not, a zigzag; or blots."""
    page = np.zeros((SIDE * 4, SIDE * 4), np.uint8)
    kind = int(random.integers(3))
    if kind == 2:
        for _ in range(int(random.integers(3, 12))):
            at = random.integers(0, SIDE * 4, 2).tolist()
            cv2.circle(page, at, int(random.integers(3, 12)), 90, -1)
    else:
        x = np.linspace(0, SIDE * 4, 29)
        y = np.linspace(random.uniform(0, SIDE * 4), random.uniform(0, SIDE * 4), 29)
        if kind == 1:
            y += 10 * (np.arange(29) % 2) * random.choice([-1, 1])
        points = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
        dots = 2 if random.random() < 0.5 and kind == 0 else 1
        for at in range(0, 28, dots):
            cv2.line(
                page, points[at].tolist(), points[at + 1].tolist(), 255, int(random.integers(4, 10))
            )
    soft = cv2.resize(page, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.maximum(ink, soft)


def _grey(ink: Floats, random: Random) -> Floats:
    more = random.uniform(0.1, 0.6)
    return ink + more if random.random() < 0.5 else more + (1 - more) * ink


# How often each kind is shown, beside those of kinds.KINDS, which count one each.
KINDS: dict[str, tuple[Kind, float]] = {
    **{name: (kind, 1.0) for name, kind in kinds.KINDS.items()},
    "number": (plain.number, 2.0),
    "pencil": (plain.pencil, 2.0),
    "in a circle": (framed.circle, 3.0),
    "digit in a cell": (ruled.digit_in_cell, 3.0),
    "over dark rules": (ruled.dark_rules, 2.0),
    "cut close": (crops.tight_crop, 2.0),
    "letter": (letter, 2.0),
    "damaged": (damaged, 4.0),
}


def one_of_any(source: Digits, random: Random, weights: list[float]) -> MadePicture:
    """One picture of any kind."""
    names = list(KINDS)
    name = names[int(random.choice(len(names), p=weights))]
    return KINDS[name][0](source, random)


def weights() -> list[float]:
    """The chance of each of KINDS."""
    total = sum(weight for _, weight in KINDS.values())
    return [weight / total for _, weight in KINDS.values()]
