"""The storage quota: one person may keep MOST_KEPT_MB, including recently deleted drawings."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db.models import Func, IntegerField, Sum

from recognizer.models import Drawing, User

MEGABYTE = 1_000_000
# Seconds after which a process counts anew what somebody keeps; until then it adds what it stores.
COUNTED_FOR = 60


class QuotaExceeded(Exception):
    """This person keeps as much as one may."""


class StoredBytes(Func):
    """How many bytes a column takes as it is stored, without it being read."""

    function = "pg_column_size"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, function="LENGTH")


def used(user: User) -> int:
    """Bytes of strokes and images that the user keeps."""
    sums = Drawing.all_objects.owned_by(user).aggregate(
        strokes=Sum(StoredBytes("strokes")), uploads=Sum(StoredBytes("upload__content"))
    )
    return sum(one or 0 for one in sums.values())


def shortage(user: User, size: int) -> str:
    """Says that there is no room for so many bytes more; empty where there is."""
    left = max(settings.MOST_KEPT_MB * MEGABYTE - used(user), 0)
    if size <= left:
        return ""
    return (
        f"It takes {size / MEGABYTE:,.1f} MB, and you have room for {left / MEGABYTE:,.1f} MB: "
        "what does not fit will be refused."
    )


def admit(user: User, size: int) -> None:
    """Counts so many bytes more for the user. Raises QuotaExceeded where that is too much."""
    memory, key = caches["memory"], f"kept-{user.pk}"
    kept = memory.get(key)
    if kept is None:
        kept = used(user)
        memory.set(key, kept, COUNTED_FOR)
    if kept + size > settings.MOST_KEPT_MB * MEGABYTE:
        raise QuotaExceeded(
            f"You may keep {settings.MOST_KEPT_MB:,} MB, and there is no more room: delete "
            "drawings permanently, under “Recently deleted”. The room is measured once a minute."
        )
    with suppress(ValueError):  # forgotten meanwhile: counted when it is next asked for
        memory.incr(key, size)
