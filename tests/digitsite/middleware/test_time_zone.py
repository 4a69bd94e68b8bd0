"""Days are the reader's: filters and tiles agree about midnight."""

import csv
import datetime as dt
import io

import pytest
from django.test import Client

from recognizer.models import Drawing
from tests.people import confirmed, drawn_by, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker", "champion")]
AUCKLAND = "Pacific/Auckland"  # twelve hours before UTC in June


@pytest.fixture
def around_midnight(anna) -> list[int]:
    """Drawn at 23:30 on 1 June and at 0:30 on 2 June, in Auckland; both on 1 June in UTC."""
    drawings = [drawn_by(anna), drawn_by(anna)]
    for hour, one in zip((11, 12), drawings, strict=True):
        moment = dt.datetime(2026, 6, 1, hour, 30, tzinfo=dt.UTC)
        Drawing.objects.filter(pk=one.pk).update(created_at=moment)
    return [one.pk for one in drawings]


def reader(person, zone: str) -> Client:
    client = confirmed(signed_in(person, Client))
    client.cookies["timezone"] = zone
    return client


def test_filters_and_tiles_agree(anna, around_midnight):
    before, after = around_midnight
    client = reader(anna, AUCKLAND)
    for query, shown, time, hidden in (
        ("from=2026-06-02", after, "2 Jun 2026, 00:30", before),
        ("to=2026-06-01", before, "1 Jun 2026, 23:30", after),
    ):
        html = client.get(f"/history/?{query}").content.decode()
        assert f"/drawings/{shown}/" in html and f"/drawings/{hidden}/" not in html
        assert time in html and f"midnight in {AUCKLAND}" in html
        assert [one["id"] for one in client.get(f"/api/drawings/?{query}").json()["results"]] == [
            shown
        ]
        table = b"".join(client.get(f"/history/export/?type=csv&{query}")).decode()
        assert [row["id"] for row in csv.DictReader(io.StringIO(table))] == [str(shown)]


def test_a_drawings_page_names_the_zone(anna, around_midnight):
    html = reader(anna, AUCKLAND).get(f"/drawings/{around_midnight[1]}/").content.decode()
    assert f"2 June 2026, 00:30 {AUCKLAND}" in html


@pytest.mark.parametrize("zone", ["", "Nowhere/Atlantis", "../../etc/passwd", "\x00", "x" * 4000])
def test_without_a_zone_that_exists_it_is_utc(anna, around_midnight, zone):
    html = reader(anna, zone).get("/history/?from=2026-06-02").content.decode()
    assert "midnight in UTC" in html and "No matches" in html


@pytest.mark.parametrize("zone", [AUCKLAND, "Pacific/Pago_Pago"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_that_there_is(anna, around_midnight, zone, day):
    client = reader(anna, zone)
    for name in ("from", "to"):
        assert client.get(f"/history/?{name}={day}").status_code == 200
