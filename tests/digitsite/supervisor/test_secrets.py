"""What only the site's owner may see: its files, and the links that open an account."""

import re
import stat
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.stack import Site, supervisor

pytestmark = pytest.mark.stack
# Runs what follows in a terminal of its own and prints what that shows.
IN_A_TERMINAL = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])"]
PERSON = """
from recognizer.models import User
User.objects.create_user("greta", "greta@example.org", "a long passphrase")
"""
RESET = "/accounts/password/reset/"
LINK = "/accounts/password/reset/key/"


@pytest.fixture
def started(new_var):
    sites = []

    def start(**how) -> Site:
        sites.append(Site(new_var, **how))
        return sites[-1].ready()

    yield start
    for site in sites:
        site.stop()


def ask_for_a_link(site: Site) -> None:
    site.run(PERSON)
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    page = browser.open(site.url + RESET, timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = {"csrfmiddlewaretoken": token, "email": "greta@example.org"}
    browser.open(site.url + RESET, urlencode(form).encode(), timeout=10).read()


def logs(site: Site) -> str:
    return "".join(path.read_text() for path in (site.var / "log").iterdir())


def open_to_others(var: Path) -> list[str]:
    paths = [var, *var.rglob("*")]
    return [str(path) for path in paths if path.lstat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]


def test_a_link_is_shown_on_the_terminal_and_kept_in_no_file(started):
    site = started(command=[*IN_A_TERMINAL, *supervisor()[:3]])
    ask_for_a_link(site)
    site.wait_for(LINK, seconds=10)
    assert LINK not in logs(site)


def test_without_a_terminal_a_link_is_nowhere_and_the_log_says_so(started):
    site = started()
    ask_for_a_link(site)
    site.wait_for("there is no terminal to print it on. Set EMAIL_URL", seconds=10)
    assert LINK not in site.terminal() + logs(site)


def test_what_lies_in_var_is_its_owners_alone(started, new_var, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("not the site's")
    elsewhere.chmod(0o644)
    (new_var / "link").symlink_to(elsewhere)
    older = new_var / "log" / "older.log"
    older.parent.mkdir()
    older.write_text("a link")
    new_var.chmod(0o755)
    older.chmod(0o644)
    site = started()
    ask_for_a_link(site)
    site.stop()
    assert (new_var / "broker.rdb").exists()
    (new_var / "link").unlink()
    assert open_to_others(new_var) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
