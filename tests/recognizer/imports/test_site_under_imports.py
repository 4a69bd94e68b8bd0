"""An import of slow pictures: the whole site saves and answers what others draw meanwhile."""

import time

import pytest
import requests

from tests.people import INK
from tests.recognizer.images import jpeg_of_many_scans
from tests.recognizer.imports import made

pytestmark = [pytest.mark.stack, pytest.mark.slow]
COUNT = 8
TOKEN = """
from recognizer.models import ApiToken, User
user = User.objects.create_user("{name}")
print("token:", ApiToken.objects.create(user=user, name="test", scopes=["draw", "read"])[1])
"""


def headers_of(site, name: str) -> dict[str, str]:
    printed = site.run(TOKEN.format(name=name))
    return {"Authorization": f"Token {printed.partition('token: ')[2].strip()}"}


def slow_pictures() -> bytes:
    """Each takes about two seconds to decode."""
    pictures = {f"{number}.jpg": jpeg_of_many_scans(35, 4_990 + number) for number in range(COUNT)}
    return made.zipped(pictures, "file,label\n" + "".join(f"{name},7\n" for name in pictures))


def test_what_others_save_is_answered_while_a_stranger_s_pictures_are_decoded(site):
    stranger, mine = headers_of(site, "stranger-imports"), headers_of(site, "saves-meanwhile")
    imports, waits = f"{site.url}/api/imports/", []
    sent = requests.post(imports, files={"file": slow_pictures()}, headers=stranger, timeout=60)
    assert sent.status_code == 201, sent.text
    while (
        requests.get(sent.json()["url"], headers=stranger, timeout=20).json()["state"] == "checking"
    ):
        started = time.monotonic()
        saved = requests.post(
            f"{site.url}/api/drawings/",
            json=INK,
            headers=mine | {"Prefer": "wait=5"},
            timeout=20,
        )
        waits.append(time.monotonic() - started)
        # 202 after five seconds without an answer: the mean tells whether that is the rule.
        assert saved.status_code in (201, 202), saved.text
        time.sleep(0.2)
    assert len(waits) > COUNT  # it took its time
    assert sum(waits) / len(waits) < 1, waits  # behind a picture it would be three
