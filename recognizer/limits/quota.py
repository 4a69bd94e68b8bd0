"""The storage quota: one person may keep MOST_KEPT_MB, including recently deleted drawings."""

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.db.models import Count, Func, IntegerField, Sum

from recognizer.models import Drawing, Import, ImportRow, User

MEGABYTE = 1_000_000
# What a drawing takes besides its strokes or image: its row, prediction, personal reading and
# label, with their indexes. The strokes of a dot are 15 bytes.
BYTES_A_DRAWING = 1_500
# After this many seconds a process counts a person's stored bytes again; until then it adds what it
# stores itself.
COUNTED_FOR = 60


class QuotaExceeded(Exception):
    """This person stores as much as one may."""


class StoredBytes(Func):
    """The size of a column's stored value in bytes, without reading the value."""

    function = "pg_column_size"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        return self.as_sql(compiler, connection, function="LENGTH")


def used(user: User) -> int:
    """The bytes of what the user stores, an import that was not started included."""
    rows = ImportRow.objects.filter(source__owner=user, source__state__in=Import.NOT_STARTED)
    waiting = rows.aggregate(content=Sum(StoredBytes("content")))["content"] or 0
    return _drawn(user) + waiting


def _drawn(user: User) -> int:
    sums = Drawing.all_objects.owned_by(user).aggregate(
        count=Count("pk"),
        strokes=Sum(StoredBytes("strokes")),
        uploads=Sum(StoredBytes("upload__content")),
    )
    return BYTES_A_DRAWING * sums["count"] + (sums["strokes"] or 0) + (sums["uploads"] or 0)


def shortage(user: User, size: int) -> str:
    """A sentence if an import of so many bytes has no room beside the drawings; else empty."""
    left = max(settings.MOST_KEPT_MB * MEGABYTE - _drawn(user), 0)
    if size <= left:
        return ""
    return (
        f"It takes {size / MEGABYTE:,.1f} MB, and you have room for {left / MEGABYTE:,.1f} MB: "
        "what does not fit will be refused."
    )


def admit(user: User, size: int) -> None:
    """Counts so many more bytes for the user. Raises QuotaExceeded if that is too much."""
    memory, key = caches["memory"], _key(user)
    if memory.get(key) is None:
        memory.add(key, used(user), COUNTED_FOR)
    try:
        # Counted before it is compared: of several at once none is overlooked.
        kept = memory.incr(key, size)
    except ValueError:  # evicted meanwhile: counted when it is next needed
        return
    if kept > settings.MOST_KEPT_MB * MEGABYTE:
        with suppress(ValueError):
            memory.decr(key, size)
        raise QuotaExceeded(
            f"You may keep {settings.MOST_KEPT_MB:,} MB, and there is no more room: delete "
            "drawings permanently, under “Recently deleted”. The room is measured once a minute."
        )


def count_again(user: User) -> None:
    """Makes this process count the user's stored bytes again when it next needs them."""
    caches["memory"].delete(_key(user))


def _key(user: User) -> str:
    return f"kept-{user.pk}"
