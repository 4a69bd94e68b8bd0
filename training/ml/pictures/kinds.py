"""Generates pictures of every kind that people send, from known digits. Pure; the seed fixes them.

Each kind is a function of digits and a random generator. It returns the picture, its ink, and what
should be read, so that such pictures can both train and test the ink finder.
"""

from collections.abc import Callable

from training.ml.arrays import Random
from training.ml.pictures import crops, framed, plain, ruled, scenes
from training.ml.pictures.canvas import MadePicture
from training.ml.pictures.writing import Digits

Kind = Callable[[Digits, Random], MadePicture]

KINDS: dict[str, Kind] = {
    "photo": plain.photo,
    "scan": plain.scan,
    "pencil": plain.pencil,
    "lined paper": ruled.lined,
    "dark mode": plain.dark_mode,
    "board": plain.board,
    "dark edge on one side": framed.edge_left,
    "dark edges": framed.edge_all,
    "digit in a cell": ruled.digit_in_cell,
    "squared paper, photo": ruled.squared_photo,
    "over dark rules": ruled.dark_rules,
    "in a box": framed.box,
    "in a circle": framed.circle,
    "underlined": framed.underlined,
    "cut close": crops.tight_crop,
    "bold print": crops.bold_crop,
    "16x16": crops.usps,
    "fat marker": crops.marker,
    "note on a desk": scenes.desk,
    "screenshot with bars": scenes.toolbar,
    "number": plain.number,
    "minus five": plain.minus,
    "blank": plain.blank,
    "ruled, blank": ruled.ruled_blank,
    "squared, blank": ruled.squared_blank,
    "empty note on a desk": scenes.blank_on_desk,
}
