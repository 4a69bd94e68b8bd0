"""Letters of many scripts, printed and handwritten, as non-digits."""

import unicodedata
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont

from recognizer.ink import strokes
from training.ml.arrays import Images, Random
from training.ml.synthesis import skeleton, stroke_augmentation

# Matplotlib brings the DejaVu fonts along; their licence allows any use.
FONTS = ("DejaVuSans.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf")
SIGNS = "&@#%$?*+=<>~{}"
# Letters that a person could take for a digit are left out: they would only make digits uncertain.
# ruff: noqa: RUF001
LIKE_DIGITS = (
    "ЗӡʒӠƷзɜȜȝᴈᴣℨჳꜣՅꜢƽЅSꓢꜱsѕვᴟᔆՏƼႽȢⴝპႯчᑵჵზՁʇⵁໃՑѺⴣվᴑЧꞍӋႨᒭႡᑫϩկⵓϨꞀꙅƨჃჴѻꙄƧշՎკງꟼℸԇᕒᴢzႷӌԳຣꟻΖZꓜᖊⵚᖋⵙⵔ"
    "ᓁզꙪᒣꓶԆᑴЭℐⴰᑳჰⵒᔐϧʖʅςᔭტᒉᐟႤԶƪⴗլຮᒬᓵϿƖꙆᑲϛOοоoᴏօՕꓳΟОℴqԛbЬᏏgɡցℊlℓIІ|ǀΙⵏꟾJjyуYȷDᗞGꓨeеⲈɘƐɛεΕВBβßꞵꓐꞴ"
    "ӀӏбƂƄ"
)
# The letters of Europe's scripts come before this one.
FAR = "\u0530"
# OpenCV's fonts by A. Hershey (1967) are strokes already; two of them look handwritten.
HERSHEY = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
WRITTEN = "ACEFHKMNPQRTUVWXacdefhkmnprtuvwx"
SIDE = 48
WILD = stroke_augmentation.StrokeAugmentation(
    rotation=10, slant=0.3, stretch=0.25, bend=0.04, placing=0.06
)


def printed(random: Random) -> Images:
    """One letter, now and then two, of a free font in any weight: uint8 [H, W]."""
    font = str(random.choice(FONTS))
    text = _letter(font, random)
    if random.random() < 0.15:
        text += _letter(font, random)
    return _print(text, font, size=72, bold=int(random.integers(0, 4)))


def handwritten(random: Random, *, version: int) -> Images:
    """One letter, thinned to its lines and redrawn hastily from those, as that ink version
    draws strokes: uint8 [28, 28]."""
    while True:
        thick = _hershey(random) if random.random() < 0.3 else _small(random)
        if found := skeleton.strokes_of(thick, scale=1.0):
            drawn = strokes.parse(found, width=4 * SIDE, height=4 * SIDE)
            [picture] = stroke_augmentation.vary(
                drawn, count=1, random=random, augmentation=WILD, version=version
            )
            return picture


@cache
def letters(font: str) -> list[str]:
    """The letters that the font has, of scripts written from left to right, without accents."""
    known = map(chr, FT2Font(str(_path(font))).get_charmap())
    return [*SIGNS, *(char for char in known if _is_letter(char))]


def _is_letter(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Lu", "Ll", "Lo")
        and unicodedata.bidirectional(char) == "L"
        and " WITH " not in unicodedata.name(char, "")
        and char not in LIKE_DIGITS
    )


def _letter(font: str, random: Random) -> str:
    known = letters(font)
    if random.random() < 0.5:
        known = [char for char in known if char < FAR]
    return known[int(random.integers(len(known)))]


def _small(random: Random) -> Images:
    font = str(random.choice(FONTS))
    return _print(_letter(font, random), font, size=SIDE - 12, bold=0)


def _hershey(random: Random) -> Images:
    page = np.zeros((2 * SIDE, 2 * SIDE), np.uint8)
    font = HERSHEY[int(random.integers(len(HERSHEY)))]
    letter = str(random.choice(list(WRITTEN)))
    cv2.putText(page, letter, (SIDE // 2, 3 * SIDE // 2), font, 1.3, 255, 2)
    return page


def _print(text: str, font: str, *, size: int, bold: int) -> Images:
    page = Image.new("L", (4 * size, 2 * size))
    face = ImageFont.truetype(str(_path(font)), size)
    ImageDraw.Draw(page).text((size // 2, size // 2), text, 255, face, stroke_width=bold)
    return np.asarray(page)


def _path(font: str) -> Path:
    return Path(matplotlib.get_data_path(), "fonts", "ttf", font)
