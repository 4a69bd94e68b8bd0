"""Makes files of labelled strokes and images."""

import gzip
import json
from pathlib import Path

import numpy as np

SEVEN = [[[40, 40], [160, 45], [110, 120], [90, 220]]]


def line(label: object = 7, **other: object) -> dict:
    """A drawing, as a line of a file of strokes holds it."""
    return {"strokes": SEVEN, "width": 280, "height": 280, "label": label} | other


def strokes_file(path: Path, *rows: dict) -> Path:
    """Zipped where the name ends in .gz."""
    content = "\n".join(json.dumps(row) for row in rows).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def images(count: int, side: int = 40) -> np.ndarray:
    """White bars on black."""
    made = np.zeros((count, side, side), np.uint8)
    made[:, 5:-5, side // 2 - 2 : side // 2 + 2] = 255
    return made


def images_file(path: Path, **arrays: object) -> Path:
    np.savez(path, **arrays)
    return path
