"""MNIST's digits in other hands, and with the product's own pen. Pure.

Each is worn down to its lines, which are changed as strokes and drawn through `ink`: so a digit
keeps its joints while its pen, slant and proportions change, as no bending of pixels does.
"""

import numpy as np

from recognizer.ink import strokes
from training.ml.arrays import Images, Integers
from training.ml.synthesis import skeleton, stroke_augmentation

SIDE = 280.0


def make(images: Images, labels: Integers, *, seed: int) -> tuple[Images, Integers]:
    """Each of images uint8 [N, 28, 28] once, in another hand, and its label: uint8 [M, 28, 28] and
    [M]. M is N less those in which no line is left."""
    random = np.random.default_rng(seed)
    found = [
        (skeleton.strokes_of(image), label) for image, label in zip(images, labels, strict=True)
    ]
    pictures = [(redraw(lines, random), label) for lines, label in found if lines]
    redrawn = np.array([picture for picture, _ in pictures], np.uint8).reshape(-1, 28, 28)
    return redrawn, np.array([label for _, label in pictures], np.uint8)


def redraw(lines: list[skeleton.Stroke], random: np.random.Generator) -> Images:
    """One digit's lines in one other hand: uint8 [28, 28]."""
    drawn = strokes.parse(lines, width=SIDE, height=SIDE)
    return stroke_augmentation.vary(drawn, count=1, random=random)[0]
