"""Ink to the 28x28 picture that a network sees, as MNIST's makers did it, by version.

Strokes or a picture come in; out comes uint8 [28, 28], white ink (255) on black (0): the ink
fitted into 20x20 with its proportions kept, anti-aliased, and moved so that its centre of mass
lies in the middle (LeCun et al., "Gradient-based learning applied to document recognition").

A model answers only for the version it was trained on, so a version never changes once a model
has used it: new ways get a new number and a module of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recognizer.ink import binarize_v1, rasterize_v1
from recognizer.ink.strokes import Frame, Strokes

Picture = NDArray[np.uint8]


class NoInk(ValueError):
    """There is nothing drawn. The message is one sentence for the person who sent it."""


class UnknownInkVersion(LookupError):
    """No such version of the preprocessing exists here."""


@dataclass(frozen=True)
class _Way:
    from_strokes: Callable[[Strokes], Picture]
    ink_of: Callable[[Picture], Picture | None]
    from_ink: Callable[[Picture], Picture]
    frame_of: Callable[[Strokes], Frame]


_WAYS = {
    1: _Way(
        from_strokes=rasterize_v1.from_strokes,
        ink_of=binarize_v1.ink_of,
        from_ink=rasterize_v1.from_ink,
        frame_of=rasterize_v1.frame_of,
    )
}
VERSION = max(_WAYS)
VERSIONS = tuple(sorted(_WAYS))


def from_strokes(strokes: Strokes, *, version: int = VERSION) -> Picture:
    """The strokes, drawn with a pen of fixed width, as uint8 [28, 28].

    Raises NoInk where there is no point, UnknownInkVersion for a version that does not exist.
    """
    way = _way(version)
    if not len(strokes.points):
        raise NoInk("The drawing is blank.")
    return way.from_strokes(strokes)


def frame_of(strokes: Strokes, *, version: int = VERSION) -> Frame:
    """Where the canvas lies in the picture of these strokes, which are not blank.

    Raises UnknownInkVersion for a version that does not exist.
    """
    return _way(version).frame_of(strokes)


def from_image(image: Picture, *, version: int = VERSION) -> Picture:
    """A picture, uint8 [H, W], [H, W, 3] (RGB) or [H, W, 4] (RGB and alpha), as uint8 [28, 28].

    Dark ink on light and light ink on dark are told apart; uneven light is evened out.
    Raises NoInk where the picture is blank, UnknownInkVersion for a version that does not exist.
    """
    return from_ink(of_image(image, version=version), version=version)


def of_image(image: Picture, *, version: int = VERSION) -> Picture:
    """The ink alone of such a picture, uint8 [h, w], white on black; a large one comes smaller.

    Raises as from_image does.
    """
    way = _way(version)
    _check_array(image)
    found = way.ink_of(image)
    if found is None or not found.any():
        raise NoInk("The picture shows no writing.")
    return found


def from_ink(found: Picture, *, version: int = VERSION) -> Picture:
    """Ink that of_image found, or some of it, as uint8 [28, 28]."""
    return _way(version).from_ink(found)


def _way(version: int) -> _Way:
    try:
        return _WAYS[version]
    except KeyError as error:
        raise UnknownInkVersion(
            f"Ink version {version!r} is unknown; there are {VERSIONS}."
        ) from error


def _check_array(image: Picture) -> None:
    channels = image.shape[2:] if image.ndim == 3 else ()
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in ((), (3,), (4,)):
        raise TypeError(f"An image is uint8 [H, W], [H, W, 3] or [H, W, 4], not {image.shape}.")
    if not image.size:
        raise NoInk("The picture shows no writing.")
