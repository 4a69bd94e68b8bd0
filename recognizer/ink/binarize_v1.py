"""Version 1 of binarization: turns any image into white ink on black, correcting uneven light."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from recognizer.ink.arrays import Mask, Picture

Plane = NDArray[np.float32]

# The longest side, in pixels, at which ink is looked for.
LARGEST = 640
# Of 255: where the picture's levels differ by less, nothing is written on it.
LEAST_CONTRAST = 16.0
# Paper is even when its levels spread by less than this share of the ink's contrast.
EVEN = 0.15
# What is deeper, from its edge to its middle, than this share of the picture's shorter side is no
# stroke but a shadow. On paper without any grain at all shadows are rare and strokes may be fat.
THICKEST = 1 / 6
THICKEST_OF_TWO_TONES = 1 / 4
# In a photo, what is shorter than this share of the picture is a speck.
SHORTEST = 1 / 50
# The background is followed on a copy of this longest side.
COARSE = 160


@dataclass(frozen=True)
class _Ink:
    """How far each pixel stands out from its paper, and by how much bare paper does."""

    plane: Plane
    noise: float


def ink_of(image: Picture) -> Picture | None:
    """The ink alone, uint8 [h, w], 255 where it is full and 0 where there is none.

    A picture larger than LARGEST comes back smaller. None where nothing stands out.
    """
    plane = one_channel(within(flattened(image), LARGEST))
    if np.ptp(plane) < LEAST_CONTRAST:
        return None
    ink = _on_even_paper(plane) or _on_uneven_paper(plane)
    return _cleaned(ink)


def flattened(image: Picture) -> Picture:
    """Without alpha: over white, or the alpha itself where all that shows has one colour."""
    if image.ndim == 2:
        return image
    if image.shape[2] == 3 or (image[:, :, 3] == 255).all():
        return image[:, :, :3]
    alpha = image[:, :, 3]
    step = max(1, max(alpha.shape) // LARGEST)
    sample = image[::step, ::step]
    seen = sample[sample[:, :, 3] > 127][:, :3]
    if np.ptp(alpha) >= LEAST_CONTRAST and (not len(seen) or np.ptp(seen, axis=0).max() < 48):
        return alpha
    over = cv2.multiply(image[:, :, :3], cv2.merge([alpha] * 3), scale=1 / 255)
    return np.asarray(cv2.add(over, cv2.merge([255 - alpha] * 3)), np.uint8)


def within(image: NDArray[Any], longest: int) -> NDArray[Any]:
    """The image, scaled down where it must be, with no side longer than that."""
    factor = longest / max(image.shape[:2])
    if factor >= 1:
        return image
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def one_channel(image: Picture) -> Plane:
    """One channel: grey, or the axis along which the colours differ most."""
    if image.ndim == 2:
        return image.astype(np.float32)
    pixels = image.reshape(-1, 3).astype(np.float32)
    axis = np.linalg.eigh(np.cov(pixels, rowvar=False))[1][:, -1]
    axis *= np.sign(axis.sum() or 1) / np.abs(axis).sum()
    plane = (image @ axis).astype(np.float32)
    return plane - min(0, plane.min())


def _on_even_paper(plane: Plane) -> _Ink | None:
    """Ink on paper of one level, as scans and canvases have it; None where it is not so."""
    above = plane > _otsu(plane)
    border = np.concatenate([above[0], above[-1], above[:, 0], above[:, -1]])
    # Paper owns the border and most of the picture.
    paper_is_light = above.mean() + border.mean() > 1
    mask = ~above if paper_is_light else above
    # However soft the edges of the strokes, so far from them the paper is bare.
    bare = plane[~_grown(mask, max(1, max(plane.shape) // 20))]
    if not len(bare):  # a tiny picture, all of it within reach of ink
        rest = np.sort(plane[~mask])
        bare = rest[len(rest) * 3 // 4 :] if paper_is_light else rest[: len(rest) // 4 + 1]
    level = np.median(bare)
    contrast = abs(float(np.median(plane[mask]) - level))
    low, high = np.percentile(bare, (1, 99))
    thickest = THICKEST if high > low else THICKEST_OF_TWO_TONES
    if high - low > EVEN * contrast or _depth(mask) > max(3, thickest * min(plane.shape)):
        return None
    ink = np.maximum(level - plane if paper_is_light else plane - level, 0)
    return _Ink(ink, noise=float(high - low) / 4.65)


def _depth(mask: Mask) -> float:
    """How far, in pixels, the middle of the thickest part lies from its edge."""
    return float(cv2.distanceTransform(_bytes(mask), cv2.DIST_L2, 3).max())


def _on_uneven_paper(plane: Plane) -> _Ink:
    """Ink under uneven light: each pixel against the paper around it."""
    coarse: Plane = within(plane, COARSE)
    paper = _median(coarse, 0.4)
    # Ink is what stands out far from the paper: the longer tail tells which side it is on.
    paper_is_light = float(((coarse - paper) ** 3).sum()) < 0
    for share in (0.3, 0.2):
        ink = _against(coarse, paper, paper_is_light=paper_is_light)
        written = _grown(ink > _otsu(ink), 1)
        paper = _median(np.where(written, paper, coarse), share)
    # Beside the edge of a shadow either side's paper may be the right one; taking the one nearer
    # to ink keeps the edge itself from looking like a stroke.
    nearer = cv2.erode if paper_is_light else cv2.dilate
    near = nearer(paper, np.ones((5, 5), np.uint8))
    fine = cv2.resize(near, plane.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    ink = _against(plane, fine, paper_is_light=paper_is_light)
    # The standard deviation of normal noise is 1.48 times its median; there is always some.
    return _Ink(np.maximum(ink, 0), noise=max(1.0, 1.48 * float(np.median(np.abs(ink)))))


def _median(plane: Plane, share: float) -> Plane:
    """Each pixel's median over a square of that share of the shorter side.

    Beyond the border the picture goes on turned by half a circle and negated, so that slopes
    and edges of shadows run on straight.
    """
    reach = max(1, int(share * min(plane.shape)) // 2)
    wide = np.pad(plane, reach, mode="reflect", reflect_type="odd")
    levels = np.clip(wide, 0, 255).astype(np.uint8)
    inside = slice(reach, -reach)
    return cv2.medianBlur(levels, 2 * reach + 1)[inside, inside].astype(np.float32)


def _against(plane: Plane, paper: Plane, *, paper_is_light: bool) -> Plane:
    """How much darker than light paper each pixel is, of 255; or lighter than dark paper."""
    if paper_is_light:
        return (255 * (1 - plane / np.maximum(paper, 1))).astype(np.float32)
    # Shade darkens chalk as much as its board; the 8 avoids dividing by a black board's zero.
    evened = (plane - paper) * (float(paper.mean()) + 8) / (paper + 8)
    return evened.astype(np.float32)


def _cleaned(ink: _Ink) -> Picture | None:
    """Grey from the paper's noise up to full ink, and nothing away from the strokes."""
    floor = 3 * ink.noise
    some = ink.plane[ink.plane > max(floor * 1.3, LEAST_CONTRAST / 2)]
    if not len(some):
        return None
    full = float(np.percentile(some, 95))
    if full < max(LEAST_CONTRAST, 2 * floor):
        return None
    grey = np.clip((ink.plane - floor) * (255 / (full - floor)), 0, 255)
    if ink.noise:
        # The faint outermost of a stroke's soft edge lies just beyond what counts as stroke.
        grey *= _grown(_strokes(grey), max(1, max(grey.shape) // 160))
    if not grey.any():
        return None
    return np.rint(grey).astype(np.uint8)


def _strokes(grey: Plane) -> Mask:
    """Where the writing is: dark enough, and no speck, shadow or edge of the paper."""
    _, found, stats, _ = cv2.connectedComponentsWithStats(_bytes(grey > 50))
    labels = np.asarray(found, np.int32)
    strongest = np.zeros(len(stats))
    np.maximum.at(strongest, labels.ravel(), grey.ravel())
    left, top, width, height, area = stats.T
    length = np.maximum(width, height) / max(grey.shape)
    inside = (left > 0) & (left + width < grey.shape[1])
    inside &= (top > 0) & (top + height < grey.shape[0])
    candidates = (strongest > 140) & (length > SHORTEST)
    candidates[0] = False
    # What runs off the picture is taken for writing only where there is no other, and it fills
    # the picture, as in one cut close.
    writing = candidates & inside
    if area[writing].sum() <= 0.1 * area[candidates].sum():
        writing = candidates & (inside | (length > 1 / 3))
    largest = area[writing].max(initial=1)
    return (writing & (area > 0.04 * largest))[labels]


def _grown(mask: Mask, reach: int) -> Mask:
    """The mask and all within `reach` pixels of it, along rows and columns."""
    return cv2.dilate(_bytes(mask), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0


def _bytes(mask: Mask) -> Picture:
    return mask.view(np.uint8)


def _otsu(plane: Plane) -> float:
    low, high = float(plane.min()), float(plane.max())
    if low == high:
        return low
    scaled = ((plane - low) * (255 / (high - low))).astype(np.uint8)
    threshold = cv2.threshold(scaled, 0, 255, cv2.THRESH_OTSU)[0]
    return low + (threshold + 0.5) * (high - low) / 255
