"""A stranger's slow pictures, sent to the whole site: it answers others meanwhile."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.people import INK
from tests.recognizer.images import encoded, jpeg_of_many_scans, seven, slow_jpeg

pytestmark = [pytest.mark.stack, pytest.mark.slow]
STRANGERS = 16

USER = """
from recognizer.models import ApiToken, User
user, _ = User.objects.get_or_create(username="writer-meanwhile")
print("token:", ApiToken.objects.create(user=user, name="test", scopes=["draw"])[1])
"""


def post(site, body: bytes, kind: str = "image/jpeg", **headers: str) -> tuple[int, dict]:
    request = Request(f"{site.url}/api/recognize/", body, {"Content-Type": kind} | headers)
    try:
        with urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_strokes_are_answered_while_a_stranger_sends_slow_pictures(site):
    token = site.run(USER).partition("token: ")[2].strip()
    mine = {"Authorization": f"Token {token}"}
    waits = []
    with ThreadPoolExecutor(STRANGERS) as strangers:
        bodies = [jpeg_of_many_scans(5_000), slow_jpeg()] * (STRANGERS // 2)
        started = time.monotonic()
        sent = [strangers.submit(post, site, body) for body in bodies]
        while not all(one.done() for one in sent):
            asked = time.monotonic()
            status, answer = post(site, json.dumps(INK).encode(), "application/json", **mine)
            waits.append(time.monotonic() - asked)
            assert status == 200, answer
    assert time.monotonic() - started < 40
    # Each picture that is decoded takes five seconds; were no thread left, a stroke would take them
    # too.
    assert sum(waits) / len(waits) < 2
    for status, answer in (one.result() for one in sent):
        assert status in (400, 503) and answer["error"].endswith(".")
    assert post(site, encoded(seven(), "JPEG"), **mine)[0] == 200
