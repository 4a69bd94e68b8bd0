"""What a phone installs: the manifest's icons are there, in the sizes that it names."""

import json

import numpy as np
import pytest
from django.conf import settings
from PIL import Image

ROOT = settings.BASE_DIR / "static" / "root"
MANIFEST = json.loads((ROOT / "manifest.webmanifest").read_text())


@pytest.mark.parametrize("icon", MANIFEST["icons"], ids=lambda icon: icon["src"])
def test_an_icon_is_as_the_manifest_says(icon):
    with Image.open(ROOT / icon["src"].lstrip("/")) as image:
        assert "x".join(map(str, image.size)) == icon["sizes"]


def test_one_icon_bears_being_cut_to_a_circle():
    [maskable] = [one for one in MANIFEST["icons"] if one.get("purpose") == "maskable"]
    with Image.open(ROOT / maskable["src"].lstrip("/")) as image:
        pixels = np.asarray(image.convert("L"))
    y, x = np.indices(pixels.shape) - image.width / 2
    outside = pixels[np.hypot(x, y) > 0.4 * image.width]
    assert outside.min() > 240  # paper alone: Android may cut off all beyond four fifths
