"""Synthetic non-digits: letters, invented signs, scribbles, and digits combined or turned.

Everything is fitted as ink is (20x20, centred by mass in 28x28), so that size and place cannot
tell it from a digit. What a person could take for a digit is left out on purpose: O, l and S
teach nothing but doubt, and a theta is a slashed 0.
"""

from collections.abc import Callable

import cv2
import numpy as np

from training.ml.arrays import Images, Integers, Random
from training.ml.synthesis import invented_signs, letters

CANVAS = 112
# Of mirrored and turned digits only those that no longer look like any digit.
MIRRORED = (3, 4, 6, 7, 9)
QUARTER_TURNED = (2, 3, 4, 5, 7)
HALF_TURNED = (3, 4, 7)


def make(images: Images, labels: Integers, *, count: int, seed: int, version: int) -> Images:
    """`count` pictures of no digit, uint8 [count, 28, 28], some made from these digits: images
    uint8 [N, 28, 28] and labels [N].

    What is drawn as strokes (letters, signs) is as ink version `version` draws it; the other kinds
    are made of pixels, as MNIST is. The same arguments give the same pictures.
    """
    random = np.random.default_rng(seed)
    makers: list[tuple[Callable[[], Images], float]] = [
        (lambda: fit(letters.printed(random)), 0.15),
        (lambda: letters.handwritten(random, version=version), 0.28),
        (lambda: invented_signs.sign(random, version=version), 0.2),
        (lambda: invented_signs.dots(random, version=version), 0.02),
        (lambda: blotch(random), 0.02),
        (lambda: scribble(random), 0.08),
        (lambda: thicket(random), 0.05),
        (lambda: heart(random), 0.01),
        (lambda: lines(random), 0.06),
        (lambda: turned(images, labels, random), 0.08),
        (lambda: overlaid(images, random), 0.04),
        (lambda: beside(images, random), 0.08),
    ]
    weights = np.array([weight for _, weight in makers])
    chosen = random.choice(len(makers), size=count, p=weights / weights.sum())
    return np.stack([makers[kind][0]() for kind in chosen])


def fit(picture: Images) -> Images:
    """Ink of any size, white on black, fitted into 20x20 and centred by mass in 28x28."""
    rows, columns = np.nonzero(picture.any(axis=1))[0], np.nonzero(picture.any(axis=0))[0]
    cut = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 20 / max(cut.shape)
    size = (max(2, round(cut.shape[1] * scale)), max(2, round(cut.shape[0] * scale)))
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    moments = cv2.moments(small)
    x, y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    move = np.array([[1, 0, round(13.5 - x)], [0, 1, round(13.5 - y)]], np.float32)
    return cv2.warpAffine(small, move, (28, 28)).astype(np.uint8)


def scribble(random: Random) -> Images:
    """One long stroke that turns back again and again."""
    corners = random.uniform(10, CANVAS - 10, size=(int(random.integers(5, 14)), 2))
    path = _rounded(corners) if random.random() < 0.7 else corners
    return fit(_drawn([path], random))


def thicket(random: Random) -> Images:
    """One to six long strokes with many turns, until hardly any paper is left between."""
    paths = []
    for _ in range(int(random.integers(1, 7))):
        middle, reach = random.uniform(30, CANVAS - 30, 2), random.uniform(10, 45, 2)
        corners = middle + random.uniform(-1, 1, (int(random.integers(6, 26)), 2)) * reach
        paths.append(_rounded(np.clip(corners, 6, CANVAS - 6)))
    return fit(_drawn(paths, random))


def heart(random: Random) -> Images:
    """A heart, wide or tall, open or closed below or in the dip."""
    angle = np.linspace(0, 2 * np.pi * random.uniform(0.93, 1.03), 40)
    angle += random.choice([0.0, np.pi])
    x = 16 * np.sin(angle) ** 3
    y = 13 * np.cos(angle) - 5 * np.cos(2 * angle) - 2 * np.cos(3 * angle) - np.cos(4 * angle)
    path = np.stack([x, -y], axis=1) * random.uniform(1.6, 2.8, 2)
    return fit(_drawn([path + CANVAS / 2 + random.normal(0, 1, path.shape)], random))


def lines(random: Random) -> Images:
    """A few straight strokes across each other; or one flat one."""
    if random.random() < 0.25:
        rise = random.uniform(-15, 15)
        return fit(_drawn([np.array([[10, 56 - rise], [102, 56 + rise]])], random))
    count = int(random.integers(3, 7))
    return fit(_drawn(list(random.uniform(10, CANVAS - 10, size=(count, 2, 2))), random))


def blotch(random: Random) -> Images:
    """What remains of a photo of nothing: cloudy patches, coarse or fine."""
    size = int(random.integers(4, 20))
    cloud = cv2.resize(random.random((size, size)).astype(np.float32), (CANVAS, CANVAS))
    level = np.quantile(cloud, random.uniform(0.5, 0.95))
    return fit((255 * np.clip((cloud - level) * 8, 0, 1)).astype(np.uint8))


def turned(images: Images, labels: Integers, random: Random) -> Images:
    """A digit mirrored or turned until it is none."""
    kind = int(random.integers(0, 4))
    digits = (MIRRORED, QUARTER_TURNED, QUARTER_TURNED, HALF_TURNED)[kind]
    image = _one_of(images, labels, digits, random)
    if kind == 0:
        return np.ascontiguousarray(image[:, ::-1])
    return np.ascontiguousarray(np.rot90(image, {1: 1, 2: 3, 3: 2}[kind]))


def overlaid(images: Images, random: Random) -> Images:
    """Two digits one over the other, a little apart."""
    page = np.zeros((44, 44), np.uint8)
    _put(page, _any(images, random), 8, 8)
    _put(page, _any(images, random), 8 + _apart(random), 8 + _apart(random))
    return fit(page)


def beside(images: Images, random: Random) -> Images:
    """Two or three digits in a row."""
    page = np.zeros((40, 96), np.uint8)
    step = int(random.integers(15, 25))
    for place in range(int(random.integers(2, 4))):
        _put(page, _any(images, random), 4 + place * step, int(random.integers(3, 10)))
    return fit(page)


def _any(images: Images, random: Random) -> Images:
    return images[int(random.integers(0, len(images)))]


def _one_of(images: Images, labels: Integers, digits: tuple[int, ...], random: Random) -> Images:
    while True:
        place = int(random.integers(0, len(images)))
        if labels[place] in digits:
            return images[place]


def _apart(random: Random) -> int:
    return int(random.choice([-1, 1])) * int(random.integers(3, 9))


def _put(page: Images, image: Images, x: int, y: int) -> None:
    place = page[y : y + 28, x : x + 28]
    np.maximum(place, image, out=place)


def _drawn(paths: list[np.ndarray], random: Random) -> Images:
    page = np.zeros((CANVAS, CANVAS), np.uint8)
    points = [np.round(path * 8).astype(np.int32) for path in paths]
    pen = int(random.integers(5, 13))
    cv2.polylines(page, points, False, 255, pen, cv2.LINE_AA, shift=3)
    return page


def _rounded(corners: np.ndarray) -> np.ndarray:
    # Chaikin's corner cutting, twice: each corner becomes two, at a quarter of its sides.
    for _ in range(2):
        first, second = corners[:-1], corners[1:]
        near, far = 0.75 * first + 0.25 * second, 0.25 * first + 0.75 * second
        corners = np.stack([near, far], axis=1).reshape(-1, 2)
    return corners
