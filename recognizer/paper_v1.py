"""Version 1 of finding ink on paper: any picture to white ink on black, light evened out."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]

LARGEST = 640
# Levels of 255 between ink and paper below which a picture counts as blank.
LEAST_CONTRAST = 16.0


def ink_of(image: Picture) -> Picture | None:
    """The ink alone, uint8 [h, w], 255 where it is full and 0 where there is none.

    A large picture comes back smaller. None where nothing stands out.
    """
    plane = _plane(_small(_flattened(image)))
    if np.ptp(plane) < LEAST_CONTRAST:
        return None
    plane = _ink_light(plane)
    plane -= np.median(plane[plane <= _otsu(plane)])
    return np.clip(plane * (255 / plane.max()), 0, 255).astype(np.uint8)


def _flattened(image: Picture) -> Picture:
    """Without alpha: over white, or the alpha itself where all that shows has one colour."""
    if image.ndim == 2 or image.shape[2] == 3 or (image[:, :, 3] == 255).all():
        return image[:, :, :3] if image.ndim == 3 else image
    alpha = image[:, :, 3]
    seen = image[alpha > 64][:, :3]
    if not len(seen) or np.ptp(np.percentile(seen, (5, 95), axis=0), axis=0).max() < 32:
        return alpha
    over = cv2.multiply(image[:, :, :3], cv2.merge([alpha] * 3), scale=1 / 255)
    return cv2.add(over, cv2.merge([255 - alpha] * 3))


def _small(image: Picture) -> Picture:
    factor = LARGEST / max(image.shape[:2])
    if factor >= 1:
        return image
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _plane(image: Picture) -> Plane:
    """One channel: grey, or the axis along which the colours differ most."""
    if image.ndim == 2:
        return image.astype(np.float32)
    pixels = image.reshape(-1, 3).astype(np.float32)
    axis = np.linalg.eigh(np.cov(pixels, rowvar=False))[1][:, -1]
    axis *= np.sign(axis.sum()) / np.abs(axis).sum()
    return (image @ axis).astype(np.float32)


def _ink_light(plane: Plane) -> Plane:
    """Turned, where it must be, so that ink is lighter than paper: paper owns the border."""
    light = plane > _otsu(plane)
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    return plane.max() - plane if light.mean() + border.mean() > 1 else plane


def _otsu(plane: Plane) -> float:
    low, high = float(plane.min()), float(plane.max())
    scaled = ((plane - low) * (255 / (high - low))).astype(np.uint8)
    threshold = cv2.threshold(scaled, 0, 255, cv2.THRESH_OTSU)[0]
    return low + (threshold + 0.5) * (high - low) / 255
