"""Room for bytes that requests or answers keep, which senders share fairly."""

import threading
from collections import Counter
from collections.abc import Callable


class Full(Exception):
    """There is no room left."""


class Holding:
    """What one body or answer takes of a Room. The room calls `lose` when it takes it back for
    somebody who has less; from then on nothing can be taken for it."""

    def __init__(self, sender: str, lose: Callable[[], None]) -> None:
        self.sender, self.lose = sender, lose
        self.size = 0
        self.is_lost = False
        # A body that has arrived is not taken back: the application reads it.
        self.is_fixed = False


class Room:
    """A number of bytes that all share; those of one sender use at most `share` of them. Where
    there is none left, it is taken back from the sender that has most: otherwise a few senders
    could take all of it, for as long as they like."""

    def __init__(self, most: int, *, share: int) -> None:
        self._left = most
        self._share = share
        self._taken: Counter[str] = Counter()
        # The oldest come first.
        self._holdings: dict[Holding, None] = {}
        self._lock = threading.Lock()

    def take(self, holding: Holding, count: int) -> None:
        """Raises Full."""
        with self._lock:
            wanted = self._taken[holding.sender] + count
            if holding.is_lost or wanted > self._share:
                raise Full
            while count > self._left:
                self._take_back(more_than=wanted)
            self._move(holding, count)
            self._holdings[holding] = None

    def _take_back(self, *, more_than: int) -> None:
        """Takes back the oldest holding of the sender that has most. Raises Full if none has more
        than that."""
        loose = [one for one in self._holdings if not one.is_fixed]
        largest = max(loose, key=lambda one: self._taken[one.sender], default=None)
        if largest is None or self._taken[largest.sender] <= more_than:
            raise Full
        largest.is_lost = True
        self._end(largest)
        largest.lose()

    def fix(self, holding: Holding) -> None:
        """From now on it is not taken back. Raises Full if it was."""
        with self._lock:
            if holding.is_lost:
                raise Full
            holding.is_fixed = True

    def give_back(self, holding: Holding) -> None:
        with self._lock:
            self._end(holding)

    def _end(self, holding: Holding) -> None:
        if holding in self._holdings:
            del self._holdings[holding]
            self._move(holding, -holding.size)

    def _move(self, holding: Holding, count: int) -> None:
        self._left -= count
        holding.size += count
        self._taken[holding.sender] += count
        if not self._taken[holding.sender]:
            del self._taken[holding.sender]
