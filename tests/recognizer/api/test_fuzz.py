"""Strokes and files as an attacker mangles them: never a fault of the site, never a long wait.

Seeded: case N is the same each time. `--fuzz-cases 50000` tries more of them.
"""

import copy
import io
import json
import random
import time
from typing import Any

import pytest
from django.core.cache import cache
from PIL import Image

from recognizer.answers import answering, decoding, serving
from recognizer.answers.pixels import thumbnail_of
from recognizer.models import Drawing
from tests.people import INK
from tests.recognizer.images import seven

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]

URLS = ["/api/recognize/"] * 6 + ["/api/drawings/"] * 3 + ["/api/explain/"]
STATUSES = {200, 202, 400, 409, 413, 415}
SECONDS = decoding.SECONDS + 1
EXTREMES = [0, 1, 127, 128, 255]
ATOMS: list[Any] = [
    0, -1, 1, 279.5, 1e-320, 1e308, -1e308, 10**40, 2**63, True, None, "", "7", "\ud800", "\0", {},
    [], [[]], [[[]]], [1, 2], [[1, 2]], {"x": 1}, float("nan"), float("inf"),
]  # fmt: skip
TYPES = ["image/png", "image/jpg", "image/*", "application/octet-stream", "", "text/html", "\xff/x"]


def pictures() -> list[bytes]:
    """Sound files of every kind that is read, small ones."""
    image, deep = seven(48), Image.new("I;16", (40, 40), 30_000)
    exif = Image.Exif()
    exif[0x0112] = 6
    deep.paste(100, (10, 10, 20, 30))
    kinds = [(image, kind, {}) for kind in ("PNG", "JPEG", "WEBP", "BMP", "TIFF")]
    kinds += [
        (image, "JPEG", {"progressive": True, "exif": exif}),
        (image.convert("CMYK"), "JPEG", {}),
        (image.convert("RGBA"), "WEBP", {"lossless": True}),
        (image.convert("P"), "PNG", {"transparency": 0}),
        (image.convert("1"), "TIFF", {"compression": "group4"}),
        (image, "TIFF", {"compression": "tiff_lzw"}),
        (image, "TIFF", {"compression": "jpeg"}),
        (deep, "PNG", {}),
        (deep, "TIFF", {}),
    ]
    return [_saved(*one) for one in kinds]


def _saved(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


PICTURES = pictures()


def mangled(data: bytes, dice: random.Random) -> bytes:
    """The bytes with up to eight changes, most of them in what says how to read the rest."""
    changed = bytearray(data)
    for _ in range(dice.randint(0, 8)):
        length = len(changed) or 1
        start = dice.randrange(min(length, 200) if dice.random() < 0.7 else length)
        end = min(length, start + dice.choice([1, 1, 2, 4, 4, 30]))
        change = dice.randrange(6)
        if change == 0:
            changed[start:end] = dice.randbytes(end - start)
        elif change == 1:
            changed[start:end] = bytes([dice.choice(EXTREMES)]) * (end - start)
        elif change == 2:
            changed[start:start] = changed[start:end] * dice.choice([1, 3, 100])
        elif change == 3:
            del changed[start:end]
        elif change == 4:
            changed[start:end] = dice.choice(PICTURES)[start:end]
        else:
            del changed[max(start, 20) :]
    return bytes(changed)


def strange_ink(dice: random.Random) -> bytes:
    """A body of strokes in which some values are of another kind, size or depth."""
    body: Any = json.loads(json.dumps(INK))
    points = [
        [dice.uniform(-300, 600) for _ in range(dice.choice([2, 2, 2, 3, 4]))]
        for _ in range(dice.choice([1, 5, 60, 600]))
    ]
    if dice.random() < 0.7:
        cut = dice.randint(1, len(points))
        body["strokes"] = [one for one in (points[:cut], points[cut:]) if one]
    for _ in range(dice.randint(0, 3)):
        _replace_one(body, dice)
    text = json.dumps(body).encode("utf-8", "replace")
    return mangled(text, dice) if dice.random() < 0.3 else text


def _replace_one(body: dict[str, Any], dice: random.Random) -> None:
    """Another value at some depth: for a side of the canvas, all strokes, a stroke, a point..."""
    where: Any = body
    for _ in range(dice.randint(0, 3)):
        keys = list(where) if isinstance(where, dict) else range(len(where))
        inner = [key for key in keys if isinstance(where[key], list | dict) and where[key]]
        if not inner:
            break
        where = where[dice.choice(inner)]
    key = dice.choice(list(where) if isinstance(where, dict) else range(len(where)))
    where[key] = copy.deepcopy(dice.choice(ATOMS))


def as_form(picture: bytes, dice: random.Random) -> tuple[bytes, str]:
    part = (
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n"
    )
    body = part * dice.choice([1, 1, 1, 2, 50]) + b"--x--\r\n"
    return (mangled(body, dice) if dice.random() < 0.3 else body), "multipart/form-data; boundary=x"


def case(number: int) -> tuple[str, bytes, str]:
    """Address, body and Content-Type."""
    dice = random.Random(number)
    url = dice.choice(URLS)
    kind = dice.random()
    if kind < 0.4:
        return url, strange_ink(dice), "application/json"
    picture = mangled(dice.choice(PICTURES), dice)
    if kind < 0.55:
        return url, *as_form(picture, dice)
    return url, picture, dice.choice(TYPES)


@pytest.fixture
def no_limits(settings):
    rates = dict.fromkeys(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "10000000/hour")
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    cache.clear()


@pytest.mark.slow
def test_mangled_requests_are_answered_in_time_and_in_words(api, no_limits, request):
    api.raise_request_exception = False
    for number in range(request.config.getoption("fuzz_cases")):
        url, body, kind = case(number)
        started = time.monotonic()
        response = api.generic("POST", url, body, content_type=kind)
        assert time.monotonic() - started < SECONDS, f"case {number}"
        assert response.status_code in STATUSES, f"case {number}"
        if response.status_code >= 400:
            assert is_a_sentence(**response.json()), f"case {number}: {response.json()}"
    kept = Drawing.objects.all()  # as a worker and a page read them
    read = answering.read_drawings(serving.model_cache.champion(), kept)
    assert set(read) == {drawing.pk for drawing in kept}
    for drawing in kept:
        thumbnail_of(drawing)


def is_a_sentence(error: str, code: str) -> bool:
    return (error[0].isupper() or error[0] == "“") and error.endswith(".") and code.isidentifier()
