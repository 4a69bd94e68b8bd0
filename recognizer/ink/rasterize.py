"""Preprocessing, by version: turns strokes or an image into the 28x28 picture that a network reads.

The result is uint8 [28, 28], white ink (255) on black (0): the ink fitted into 20x20 with its
proportions kept, anti-aliased, and moved so that its centre of mass lies in the middle, as in
MNIST (LeCun et al., "Gradient-based learning applied to document recognition", 1998).

A network reads correctly only the version that it was trained on. So a version never changes once
a network has used it: a new one gets a new number and a module of its own. Nothing below the views
and commands assumes a version; callers pass the one that their network was trained on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recognizer.ink import binarize_v1, binarize_v2, rasterize_v1
from recognizer.ink.arrays import Picture
from recognizer.ink.strokes import Frame, Strokes


class NoInk(ValueError):
    """There is nothing drawn. The message is one sentence for the person who sent it."""


class UnknownInkVersion(LookupError):
    """No such version of the preprocessing exists here."""


@dataclass(frozen=True)
class InkVersion:
    """One version's functions. `ink_of` returns None where an image shows no ink."""

    from_strokes: Callable[[Strokes], Picture]
    ink_of: Callable[[Picture], Picture | None]
    from_ink: Callable[[Picture], Picture]
    frame_of: Callable[[Strokes], Frame]


VERSIONS: dict[int, InkVersion] = {
    1: InkVersion(
        from_strokes=rasterize_v1.from_strokes,
        ink_of=binarize_v1.ink_of,
        from_ink=rasterize_v1.from_ink,
        frame_of=rasterize_v1.frame_of,
    ),
    # Strokes and found ink are drawn as in version 1, so that a network trained on either reads
    # both; ink in pictures is found otherwise.
    2: InkVersion(
        from_strokes=rasterize_v1.from_strokes,
        ink_of=binarize_v2.ink_of,
        from_ink=rasterize_v1.from_ink,
        frame_of=rasterize_v1.frame_of,
    ),
}
# For networks trained from scratch, and for ink while no network answers. Adding a version above
# does not change it: that takes a network that was trained on the new one.
DEFAULT_VERSION = 2


def from_strokes(strokes: Strokes, *, version: int) -> Picture:
    """The strokes, drawn with a pen of fixed width, as uint8 [28, 28].

    Raises NoInk where there is no point, UnknownInkVersion for a version that does not exist.
    """
    chosen = _version(version)
    if not len(strokes.points):
        raise NoInk("The drawing is blank.")
    return chosen.from_strokes(strokes)


def frame_of(strokes: Strokes, *, version: int) -> Frame:
    """Where the canvas lies in the picture of these strokes, which are not blank.

    Raises UnknownInkVersion for a version that does not exist.
    """
    return _version(version).frame_of(strokes)


def from_image(image: Picture, *, version: int) -> Picture:
    """A picture, uint8 [H, W], [H, W, 3] (RGB) or [H, W, 4] (RGB and alpha), as uint8 [28, 28].

    Dark ink on light and light ink on dark are told apart; uneven light is evened out.
    Raises NoInk where the picture is blank, UnknownInkVersion for a version that does not exist.
    """
    return from_ink(of_image(image, version=version), version=version)


def of_image(image: Picture, *, version: int) -> Picture:
    """Only the ink of such an image, uint8 [h, w], white on black; large images are scaled down.

    Raises as from_image does.
    """
    chosen = _version(version)
    _check_array(image)
    found = chosen.ink_of(image)
    if found is None or not found.any():
        raise NoInk("The picture shows no writing.")
    return found


def from_ink(found: Picture, *, version: int) -> Picture:
    """Ink that `of_image` found, or a part of it, as uint8 [28, 28]."""
    return _version(version).from_ink(found)


def _version(number: int) -> InkVersion:
    try:
        return VERSIONS[number]
    except KeyError as error:
        known = ", ".join(map(str, sorted(VERSIONS)))
        raise UnknownInkVersion(f"Ink version {number!r} is unknown; known: {known}.") from error


def _check_array(image: Picture) -> None:
    channels = image.shape[2:] if image.ndim == 3 else ()
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in ((), (3,), (4,)):
        raise TypeError(f"An image is uint8 [H, W], [H, W, 3] or [H, W, 4], not {image.shape}.")
    if not image.size:
        raise NoInk("The picture shows no writing.")
