"""Benchmark: how well are numbers read, and do single digits stay single digits?

`python -m benchmarks.numbers --drawings FILE` places digits of real writers side by side and reads
them with the network that ships. FILE has labelled strokes, one JSON object a line (label, strokes,
width, height, writer). The thresholds in `recognizer/inference/segmentation.py` and
`recognizer/inference/number_reading.py` were chosen on the writers with even numbers; those with
odd ones are reported.
"""

import argparse
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognizer.inference import number_reading, segmentation
from recognizer.inference.classifier import Classifier
from recognizer.inference.number_reading import DrawingAnswer
from recognizer.inference.segmentation import Sheet
from recognizer.inference.verdicts import Verdict
from recognizer.ink import rasterize, strokes
from recognizer.ink.strokes import Strokes
from training.ml.data import stroke_files
from training.ml.data.stroke_files import LabelledStrokes

SHIPPED = Path(__file__).parents[1] / "recognizer" / "shipped" / "model.onnx"
# In heights of a digit: the gaps between digits, where negative ones overlap.
APART, TOUCHING = (0.15, 1.0), (-0.2, 0.02)
SIZES, BASELINES = (0.7, 1.3), (-0.15, 0.15)
HEIGHT, MARGIN = 100.0, 20.0
SEED = 1


@dataclass(frozen=True)
class Written:
    """A number written as one drawing, and its digits."""

    strokes: Strokes
    number: str


def numbers(
    drawings: list[LabelledStrokes], count: int, *, gaps: tuple[float, float], seed: int = SEED
) -> list[Written]:
    """`count` numbers of 2 to 4 random drawings, of varied size and baseline, with such gaps."""
    rng = np.random.default_rng(seed)
    return [_number(drawings, gaps, rng) for _ in range(count)]


def _number(
    drawings: list[LabelledStrokes], gaps: tuple[float, float], rng: np.random.Generator
) -> Written:
    chosen = rng.choice(len(drawings), size=int(rng.integers(2, 5)))
    lines: list[NDArray[np.float64]] = []
    right = 0.0
    for each in chosen:
        left = right + rng.uniform(*gaps) * HEIGHT if lines else 0.0
        size = rng.uniform(*SIZES) * HEIGHT
        digit = _placed(drawings[each].strokes, size, left, rng.uniform(*BASELINES) * HEIGHT)
        right = max(float(line[:, 0].max()) for line in digit)
        lines += digit
    number = "".join(str(drawings[each].digit) for each in chosen)
    return Written(_on_canvas(lines), number)


def _placed(drawing: Strokes, height: float, left: float, top: float) -> list[NDArray[np.float64]]:
    """The strokes, float64 [n, 2], scaled to a height and moved to a place. Flat ones stay flat."""
    lines = [line[:, :2].astype(np.float64) for line in drawing]
    points = np.concatenate(lines)
    low, (width, tall) = points.min(axis=0), np.ptp(points, axis=0)
    scale = height / max(tall, width / 5, 1)
    return [(line - low) * scale + [left, top] for line in lines]


def _on_canvas(lines: list[NDArray[np.float64]]) -> Strokes:
    points = np.concatenate(lines)
    low = points.min(axis=0) - MARGIN
    side = float((points.max(axis=0) - low).max() + MARGIN)
    return strokes.parse([(line - low).tolist() for line in lines], width=side, height=side)


def _sheet(drawing: Strokes) -> Sheet:
    return segmentation.of_strokes(drawing, version=rasterize.DEFAULT_VERSION)


def answers(classifier: Classifier, drawings: list[Strokes]) -> list[DrawingAnswer]:
    return number_reading.answer(classifier, [_sheet(one) for one in drawings])


def measure(
    classifier: Classifier, drawings: list[LabelledStrokes], *, count: int
) -> dict[str, object]:
    """Counts of numbers read correctly, with and without gaps; and of single digits whose answer
    the segmentation changes."""
    apart = numbers(drawings, count, gaps=APART)
    read = answers(classifier, [one.strokes for one in apart])
    touching = numbers(drawings, count, gaps=TOUCHING)
    of_touching = answers(classifier, [one.strokes for one in touching])
    verdicts = Counter(one.verdict for one in of_touching)
    return {
        "apart": count,
        "right": sum(one.number == each.number for one, each in zip(read, apart, strict=True)),
        "wrong": sum(
            one.number not in (None, each.number) for one, each in zip(read, apart, strict=True)
        ),
        "touching": {str(verdict): verdicts[verdict] for verdict in Verdict},
        "single": len(drawings),
        "changed": _changed(classifier, drawings),
    }


def _changed(classifier: Classifier, drawings: list[LabelledStrokes]) -> int:
    """How many single digits get another answer than the network gives without segmentation."""
    sheets = [_sheet(one.strokes) for one in drawings]
    plain = classifier.classify(np.stack([sheet.whole for sheet in sheets]))
    read = number_reading.answer(classifier, sheets)
    return sum(
        one.digit != alone.digit or bool(one.parts) for one, alone in zip(read, plain, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawings", type=Path, required=True)
    parser.add_argument("--count", type=int, default=2000)
    options = parser.parse_args()
    onnx = SHIPPED.read_bytes()
    classifier = Classifier(onnx, sha256=hashlib.sha256(onnx).hexdigest())
    for chosen in ("even", "odd"):
        found = stroke_files.read(options.drawings, chosen=chosen)
        drawings = [one for mine in found.values() for one in mine]
        print(chosen, json.dumps(measure(classifier, drawings, count=options.count)))


if __name__ == "__main__":
    main()
