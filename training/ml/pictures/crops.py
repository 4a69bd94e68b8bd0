"""Pictures that are filled by their digit. Pure."""

import cv2
import numpy as np

from training.ml.arrays import Random
from training.ml.pictures import writing
from training.ml.pictures.canvas import MadePicture, photographed, sheet
from training.ml.pictures.placing import any_pen, paper_colour
from training.ml.pictures.writing import Digits, Writing

# In heights of the writing.
FAT = (0.13, 0.25)


def tight_crop(source: Digits, random: Random) -> MadePicture:
    """A drawing cut close: the ink touches all four sides."""
    height = float(random.integers(8, 49))
    digit = writing.write(source, random, height=height, pen=FAT)
    return _cut_close(digit, random, margin=0)


def bold_crop(source: Digits, random: Random) -> MadePicture:
    """A digit in bold print, cut close or with a margin."""
    height = float(random.integers(8, 65))
    digit = writing.printed(random, height=height)
    return _cut_close(digit, random, margin=int(random.choice([0, 0, height / 4])))


def usps(source: Digits, random: Random) -> MadePicture:
    """16x16 grey, bold, from side to side, as scans of envelopes have it: white on black."""
    digit = writing.write(source, random, height=64, pen=(0.12, 0.24))
    rows, columns = digit.ink.shape
    wide = max(6, min(16, round(16 * columns / rows * random.uniform(0.9, 1.3))))
    small = cv2.resize(digit.ink, (wide, 16), interpolation=cv2.INTER_AREA)
    page = np.zeros((16, 16), np.float32)
    left = (16 - wide) // 2
    page[:, left : left + wide] = cv2.GaussianBlur(small, (0, 0), random.uniform(0.3, 0.7))
    page = np.clip(page * random.uniform(1, 1.5), 0, 1)
    levels = page if random.random() < 0.5 else 1 - page
    return MadePicture(np.rint(255 * levels).astype(np.uint8), page, str(digit.digit))


def marker(source: Digits, random: Random) -> MadePicture:
    """A fat marker that fills a photo."""
    height = random.uniform(60, 200)
    digit = writing.write(source, random, height=height, pen=FAT)
    rows, columns = digit.ink.shape
    pad = random.uniform(0.02, 0.2) * height
    canvas = sheet(round(rows + 2 * pad), round(columns + 2 * pad), paper_colour(random))
    canvas.write(digit.ink, x=round(pad), y=round(pad), colour=any_pen(random))
    return photographed(canvas, str(digit.digit), random)


def _cut_close(digit: Writing, random: Random, *, margin: int) -> MadePicture:
    ink = np.pad(digit.ink, margin)
    light, dark = random.uniform(0.8, 1), random.uniform(0, 0.25)
    if random.random() < 0.2:
        light, dark = dark, light
    levels = light + (dark - light) * ink
    return MadePicture(np.rint(255 * levels).astype(np.uint8), ink, str(digit.digit))
