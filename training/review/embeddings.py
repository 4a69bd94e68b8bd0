"""The champion's embeddings of drawings, cached: a drawing never changes."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

import numpy as np

from recognizer.answers import serving
from recognizer.answers.pixels import renderer_of
from recognizer.ink.image_files import BadImage
from recognizer.ink.rasterize import NoInk
from recognizer.ink.strokes import BadStrokes
from recognizer.models import Drawing, Upload

Embedding = np.ndarray | None
MOST_REMEMBERED = 5000

_lock = threading.Lock()
_remembered: OrderedDict[tuple[str, int], Embedding] = OrderedDict()


def embeddings_of(numbers: Iterable[int]) -> dict[int, Embedding]:
    """The embedding of each drawing by id: float32 [D] of length 1; None where it cannot be read.

    Where no model answers, of none.
    """
    try:
        champion = serving.model_cache.champion()
    except serving.NoModel:
        return {}
    version = champion.classifier.sha256
    wanted = list(numbers)
    missing = [number for number in wanted if (version, number) not in _remembered]
    _remember(version, _read(missing, champion))
    with _lock:
        return {number: _remembered.get((version, number)) for number in wanted}


def _remember(version: str, found: dict[int, Embedding]) -> None:
    with _lock:
        _remembered.update({(version, number): shape for number, shape in found.items()})
        while len(_remembered) > MOST_REMEMBERED:
            _remembered.popitem(last=False)


def _read(numbers: list[int], champion: serving.LoadedVersion) -> dict[int, Embedding]:
    drawings = Drawing.objects.select_related("upload").filter(pk__in=numbers)
    pictures = {drawing.pk: _picture(drawing, champion.ink_version) for drawing in drawings}
    seen = {number: picture for number, picture in pictures.items() if picture is not None}
    if not seen:
        return dict.fromkeys(pictures)
    embedded = champion.classifier.embed(np.stack(list(seen.values())))
    lengths = np.maximum(np.linalg.norm(embedded, axis=1, keepdims=True), 1e-9)
    return {**dict.fromkeys(pictures), **dict(zip(seen, embedded / lengths, strict=True))}


def _picture(drawing: Drawing, ink_version: int) -> np.ndarray | None:
    try:
        return renderer_of(drawing)(ink_version)
    except (NoInk, BadStrokes, BadImage, Upload.DoesNotExist):
        return None
