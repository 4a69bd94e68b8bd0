"""Tests training's pages, wide and on a phone, light and dark: no errors, nothing out of place.

SCREENSHOTS=folder keeps a picture of each to look at."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import LOOKS, check, keep_picture

pytestmark = pytest.mark.browser

STORY = """
import json
from recognizer.models import User
from tests.training.helpers.story import story
User.objects.filter(username='tessa').update(is_staff=True, is_superuser=True)
print('ids:', json.dumps(story('tessa')))
"""
PAGES = {
    "runs": "/runs/",
    "promoted": "/runs/{promoted}/",
    "rejected": "/runs/{rejected}/",
    "live": "/runs/{live}/",
    "versions": "/versions/",
    "dashboard": "/dashboard/",
    "dashboard-90": "/dashboard/?days=90",
    "usage": "/usage/{drawing}/",
    "usage-summary": "/usage/",
    "drawing": "/drawings/{drawing}/",
    "delete": "/history/delete/",
    "account": "/account/",
}


@pytest.fixture(scope="module")
def tessa(new_person, site) -> Any:
    """Somebody of the staff, on a site where much was learned; a run is at work."""
    person = new_person("tessa")
    ids = json.loads(site.run(STORY).partition("ids: ")[2])
    yield person, ids
    site.run(END)


END = """
from recognizer import registry
from training.models import TrainingRun
TrainingRun.objects.active().update(state='cancelled')
registry.promote(registry.register_shipped())
"""


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_training_pages(visits, looks, tessa, width, dark):
    person, ids = tessa
    page = visits.page("", person=person, width=width, dark=dark, is_mobile=width < 600)
    for name, path in PAGES.items():
        assert page.goto(path.format(**ids)).status == 200
        if name == "live":
            expect(page.locator("#loss path")).to_be_attached()
        check(page)
        keep_picture(page, looks, f"training-{name}", width=width, dark=dark)
        if name in ("promoted", "rejected"):
            page.get_by_text("Statistics, and what it learned from").click()
            expect(page.get_by_role("heading", name="Digit by digit")).to_be_visible()
            check(page)
            keep_picture(page, looks, f"training-{name}-statistics", width=width, dark=dark)


def test_a_run_is_followed_until_it_is_over(visits, site, tessa):
    person, ids = tessa
    page = visits.page(f"/runs/{ids['live']}/", person=person)
    expect(page.locator("[data-part=phase]")).to_have_text("Fine-tuning, part 2 of 4")
    curve = page.locator("#loss path")
    points = curve.get_attribute("d").count("L")
    site.run(NEXT_POINT.format(ids["live"]))
    expect(curve).to_have_attribute("d", re.compile("^M[^L]+" + "L[^L]+" * (points + 1) + "$"))
    bar = page.locator("[data-part=progress]")
    change(site, ids["live"], phase="Averaging", step=0, steps=0)
    expect(bar).not_to_have_attribute("value", re.compile(""))
    # The site's beat takes it away after 30 s.
    long_ago = "timezone.now() - dt.timedelta(seconds=16)"
    site.run(HEARTBEAT.format(ids["live"], long_ago))
    expect(page.get_by_text("Nothing has been heard from its worker")).to_be_visible()
    expect(page.locator("[data-part=left]")).to_have_text("\N{EN DASH}")
    # So that beat leaves it alone however slow this test is from here on.
    ahead = "timezone.now() + dt.timedelta(hours=1)"
    site.run(HEARTBEAT.format(ids["live"], ahead))
    expect(page.get_by_text("Nothing has been heard from its worker")).to_be_hidden()
    change(site, ids["live"], phase="Exporting", step=1, steps=2)
    expect(bar).to_have_attribute("value", "1")
    expect(page.locator("[data-part=phase]")).to_have_text("Exporting")
    expect(page.locator("[data-part=step]")).to_have_text("1 of 2")
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.get_by_role("button", name="Cancelling")).to_be_visible()
    change(site, ids["live"], state="cancelled", reason="Staff cancelled it.")
    expect(page.locator(".decision")).to_contain_text("cancelled")


HEARTBEAT = """
import datetime as dt
from django.utils import timezone
from training.models import TrainingRun
TrainingRun.objects.filter(pk={}).update(heartbeat_at={})
"""


NEXT_POINT = """
from training.models import TrainingRun
run = TrainingRun.objects.get(pk={})
run.curve.append(run.curve[-1] | {{"step": run.curve[-1]["step"] + 10, "validation": None}})
run.save(update_fields=["curve"])
"""


def change(site: Any, run: int, **fields: object) -> None:
    line = f"from training.models import TrainingRun as R; R.objects.filter(pk={run})"
    site.run(f"{line}.update(**{fields!r})")


def test_staff_roll_back_and_promote_with_a_reason(visits, tessa):
    person, ids = tessa
    page = visits.page("/versions/", person=person)
    page.get_by_role("button", name=f"Roll back to version {ids['second']}").click()
    expect(page.locator(".messages")).to_contain_text(f"Version {ids['second']} is now in use.")
    page.goto(f"/runs/{ids['rejected']}/")
    page.get_by_text(re.compile("Promote version .* anyway")).click()
    page.get_by_label("Why").fill("The lost ones were mislabelled.")
    page.get_by_role("button", name="Promote despite the gate").click()
    expect(page.locator(".messages")).to_contain_text(f"Version {ids['third']} is now in use.")
    expect(page.locator(".decision")).to_contain_text("The lost ones were mislabelled.")


def test_staff_find_their_way_from_the_top(visits, tessa):
    page = visits.phone("/", person=tessa[0])
    page.get_by_role("link", name="Teach").click()
    page.get_by_role("navigation", name="Teach").get_by_role("link", name="Runs").click()
    page.get_by_role("link", name=re.compile(r"^Run \d+$")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run ")


def test_an_owner_reads_what_was_learned(visits, tessa):
    person, ids = tessa
    page = visits.page(f"/drawings/{ids['drawing']}/", person=person)
    expect(page.locator(".usage")).to_contain_text("used by run")
    page.get_by_text("Delete this drawing").click()
    expect(page.locator(".delete")).to_contain_text("learned from it")


def test_without_scripts_the_usage_is_a_link_away(visits, tessa):
    person, ids = tessa
    page = visits.page(f"/drawings/{ids['drawing']}/", person=person, java_script_enabled=False)
    page.get_by_role("link", name="What the model learned from it").click()
    expect(page.get_by_text("used by run")).to_be_visible()
