"""Rasterizes a stored drawing for a network."""

from collections.abc import Callable

from recognizer.inference import segmentation
from recognizer.inference.segmentation import Sheet
from recognizer.ink import rasterize
from recognizer.ink.arrays import Picture
from recognizer.models import Drawing
from recognizer.pictures import thumbnails


def renderer_of(drawing: Drawing) -> Callable[[int], Picture]:
    """Parses or decodes the drawing once, and returns a function from an ink version to uint8 [28,
    28]. Raises BadImage for an upload that can no longer be read, and Upload.DoesNotExist; the
    function raises NoInk for blank ink."""
    if drawing.uploaded:
        image = drawing.upload.image()
        return lambda version: rasterize.from_image(image, version=version)
    strokes = drawing.ink()
    return lambda version: rasterize.from_strokes(strokes, version=version)


def divider_of(drawing: Drawing) -> Callable[[int], Sheet]:
    """As renderer_of, but the function returns the drawing in pieces, for segmentation."""
    if drawing.uploaded:
        image = drawing.upload.image()
        return lambda version: segmentation.of_image(image, version=version)
    strokes = drawing.ink()
    return lambda version: segmentation.of_strokes(strokes, version=version)


def pixels_of(drawing: Drawing, *, version: int) -> Picture:
    """The drawing as uint8 [28, 28], white ink on black. Raises as `renderer_of` and its result."""
    return renderer_of(drawing)(version)


def thumbnail_of(drawing: Drawing) -> tuple[bytes, str]:
    """A thumbnail and its content type: an SVG of the strokes, or a small PNG of the upload.
    Uploads are always re-encoded: bytes that somebody sent are never served."""
    if drawing.uploaded:
        return thumbnails.thumbnail(drawing.upload.image()), "image/png"
    return thumbnails.svg(drawing.ink()).encode(), "image/svg+xml"
