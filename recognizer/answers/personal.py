"""This process's cache of the exemplars of recently active people.

At most every CHECK_SECONDS one small query checks whether a person's exemplars have changed; if so,
they are loaded again. So a label takes effect in every process within a second.
"""

import datetime as dt
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter

import numpy as np
from cachetools import LRUCache

from recognizer.inference.classes import as_class
from recognizer.inference.personal import Exemplars
from recognizer.models import Exemplar, User

CHECK_SECONDS = 0.5
# Exemplars that a process caches, of half a kilobyte each. A person with fewer counts for FEW,
# which bounds the number of people.
MOST_HELD, FEW = 500_000, 50


@dataclass(frozen=True)
class ExemplarSource:
    """Where an exemplar comes from: its drawing's id, when that was drawn, and its label; None for
    not a digit."""

    drawing: int
    drawn_at: dt.datetime
    digit: int | None


@dataclass(frozen=True)
class Known:
    """One person's exemplars, and their sources by `exemplars.keys`."""

    exemplars: Exemplars
    sources: Mapping[int, ExemplarSource]

    def without(self, drawing: int) -> "Known":
        """All exemplars except that drawing's: its own label must not decide how it is read."""
        kept = np.array([key != drawing for key in self.exemplars.keys])
        if kept.all():
            return self
        keys = [key for key in self.exemplars.keys if key != drawing]
        rest = Exemplars(self.exemplars.embeddings[kept], self.exemplars.labels[kept], keys)
        return Known(rest, self.sources)


@dataclass(frozen=True)
class _Held:
    """A person's cached exemplars for a model version, at a revision. `known` is None where they
    have none or turned personal reading off."""

    version: int | None
    revision: int | None
    fresh_until: float
    known: Known | None

    def is_fresh(self, version: int | None) -> bool:
        return self.version == version and time.monotonic() < self.fresh_until


class KnownPeople:
    """Caches people's exemplars."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: LRUCache[int, _Held] = LRUCache(MOST_HELD, getsizeof=_size)

    def get(self, person: int, version: int | None) -> Known | None:
        """This person's exemplars under this model version; None where they are read as everybody
        is."""
        return self.get_many({person}, version)[person]

    def get_many(self, people: Collection[int], version: int | None) -> dict[int, Known | None]:
        """The same for several people, with no more queries than for one."""
        with self._lock:
            held = {person: self._held.get(person) for person in people}
        stale = {
            person: one for person, one in held.items() if not one or not one.is_fresh(version)
        }
        if not stale:
            return {person: one.known for person, one in held.items() if one}
        looked_up = _looked_up(stale, version)
        with self._lock:
            self._held.update(looked_up)
        return {person: one.known for person, one in (held | looked_up).items() if one}

    def expire(self, person: int) -> None:
        """Checks the database again at the next request for this person."""
        with self._lock:
            self._held.pop(person, None)


def _size(held: _Held) -> int:
    return max(FEW, len(held.known.exemplars) if held.known else 0)


def _looked_up(held: Mapping[int, _Held | None], version: int | None) -> dict[int, _Held]:
    """The current entries of these people. Unchanged exemplars are not loaded again."""
    fresh_until = time.monotonic() + CHECK_SECONDS
    willing = User.objects.filter(pk__in=held, personal_reading=True)
    revisions = dict(willing.values_list("pk", "exemplars_revision"))
    same = {
        person: replace(one, fresh_until=fresh_until)
        for person, one in held.items()
        if one and (one.version, one.revision) == (version, revisions.get(person))
    }
    # People with revision 0 never had any.
    known = _read({one for one, revision in revisions.items() if revision} - same.keys(), version)
    changed = {
        person: _Held(version, revisions.get(person), fresh_until, known.get(person))
        for person in held.keys() - same
    }
    return same | changed


def _read(people: Collection[int], version: int | None) -> dict[int, Known]:
    if not people:
        return {}
    rows = Exemplar.objects.of(people, version).select_related("drawing")
    rows = rows.only("owner_id", "digit", "embedding", "drawing__created_at").order_by("owner")
    return {
        owner: _known(list(theirs)) for owner, theirs in groupby(rows, key=attrgetter("owner_id"))
    }


def _known(rows: list[Exemplar]) -> Known:
    embeddings = np.stack([np.frombuffer(row.embedding, np.float16) for row in rows])
    labels = [as_class(row.digit) for row in rows]
    sources = [ExemplarSource(row.drawing_id, row.drawing.created_at, row.digit) for row in rows]
    exemplars = Exemplars(
        embeddings=embeddings.astype(np.float32),
        labels=np.array(labels, np.int8),
        keys=[source.drawing for source in sources],
    )
    return Known(exemplars, {source.drawing: source for source in sources})


known_people = KnownPeople()
