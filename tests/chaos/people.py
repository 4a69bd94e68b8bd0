"""People who draw and save by API, and save again what failed, as the draw page does."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import requests

from benchmarks.tools.drawings import drawings
from tests.chaos.machines import Machines

PEOPLE = 4
# A person whose save failed looks at it for so long, and saves again.
SECONDS_TO_SAVE_AGAIN = 0.5
# Longer than the slowest save may be, so that how slow it was is seen.
TIMEOUT = 60
TOKENS = """
    import json
    from recognizer.models import ApiToken, Scope, User
    made = [User.objects.create_user(f"chaos-{number}") for number in range(%d)]
    create = ApiToken.objects.create
    print(json.dumps([create(user=one, name="chaos", scopes=Scope.values)[1] for one in made]))
"""


@dataclass
class Saved:
    """What the people know: the ids that each key was acknowledged with."""

    ids: dict[str, set[int]] = field(default_factory=dict)
    slowest: float = 0.0  # seconds until a save was answered, kept or refused
    refused: int = 0
    failed: int = 0  # not answered at all, so that it was sent again
    faults: list[str] = field(default_factory=list)  # answers that no person should get


def sign_up(machines: Machines) -> list[str]:
    """Makes PEOPLE, and returns their tokens."""
    return list(machines.ask(TOKENS % PEOPLE))


def draw(urls: list[str], tokens: list[str], count: int, *, seconds: float) -> Saved:
    """Has them draw `count` drawings, spread over so many seconds; returns when all are kept."""
    saved = Saved()
    made = drawings(count)
    began = time.monotonic()
    threads = [
        threading.Thread(
            target=_draw,
            args=[Person(urls, token, saved), made[number :: len(tokens)]],
            kwargs={"began": began, "pace": seconds * len(tokens) / count},
        )
        for number, token in enumerate(tokens)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return saved


def _draw(person: "Person", made: list[Any], *, began: float, pace: float) -> None:
    for number, drawing in enumerate(made):
        time.sleep(max(0.0, began + number * pace - time.monotonic()))
        person.keep(drawing)


class Person:
    def __init__(self, urls: list[str], token: str, saved: Saved) -> None:
        self._urls = urls
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token}"
        self._saved = saved
        self._lock = threading.Lock()

    def keep(self, drawing: Any) -> None:
        """Saves it until it is acknowledged; each attempt goes to the next web server."""
        key = uuid.uuid4().hex
        while not self._save(drawing, key):
            self._urls = [*self._urls[1:], self._urls[0]]
            time.sleep(SECONDS_TO_SAVE_AGAIN)

    def _save(self, drawing: Any, key: str) -> bool:
        began = time.monotonic()
        try:
            answer = self._session.post(
                f"{self._urls[0]}/api/drawings/",
                json=drawing,
                headers={"Idempotency-Key": key, "Prefer": "wait=1"},
                timeout=TIMEOUT,
            )
        except requests.RequestException:
            self._saved.failed += 1
            return False
        finally:
            self._saved.slowest = max(self._saved.slowest, time.monotonic() - began)
        if answer.ok:
            self._saved.ids.setdefault(key, set()).add(answer.json()["id"])
        elif answer.status_code == 503:
            self._saved.refused += 1
        else:
            self._saved.faults.append(f"{answer.status_code}: {answer.text[:200]}")
        return answer.ok
