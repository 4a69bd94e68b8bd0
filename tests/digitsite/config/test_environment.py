"""The environment is read loudly: nonsense stops the start, in one sentence that names it."""

import os
import runpy
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from digitsite import settings as settings_file
from digitsite.config import databases, environment
from digitsite.processes import web

NONSENSE = [
    (lambda: environment.flag("X", default=True), "perhaps"),
    (lambda: environment.integer("X", 1), "-1"),
    (lambda: environment.integer("X", 1), "1.5"),
    (lambda: environment.integer("X", 1, least=1), "0"),
    (lambda: environment.integer("X", 1, most=65535), "65536"),
    (lambda: environment.number("X", 1.5), "inf"),
    (lambda: environment.number("X", 3, least=1), "0"),
    (lambda: environment.number("X", 3, least=1), "1.5"),
    (lambda: environment.number("X", 0.5, least=0.1, most=2), "2.1"),
    (lambda: environment.share("X", 0.5), "half"),
    (lambda: environment.share("X", 0.5), "1.01"),
    (lambda: environment.share("X", 0.5), "nan"),
    (lambda: environment.rate("X", "1/min"), "often"),
    (lambda: environment.rate("X", "1/min"), "10/fortnight"),
    (lambda: environment.level("X", "INFO"), "CHATTY"),
]


@pytest.mark.parametrize(("read", "value"), NONSENSE)
def test_nonsense_is_refused(monkeypatch, read, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=f"^X must .*'{value}'"):
        read()


SENSE = [
    (lambda: environment.text("X", "a"), " b ", "b"),
    (lambda: environment.flag("X", default=True), "No", False),
    (lambda: environment.flag("X", default=False), "1", True),
    (lambda: environment.integer("X", 1, most=8), "8", 8),
    (lambda: environment.share("X", 0.5), "0.25", 0.25),
    (lambda: environment.words("X", "a"), "b, c,", ["b", "c"]),
    (lambda: environment.rate("X", "1/min"), "5/second", "5/second"),
    (lambda: environment.level("X", "INFO"), "debug", "DEBUG"),
    (lambda: environment.address("X", schemes={"redis"}), "redis://h:1/2", "redis://h:1/2"),
]


@pytest.mark.parametrize(("read", "value", "meaning"), SENSE)
def test_sense_is_read(monkeypatch, read, value, meaning):
    monkeypatch.setenv("X", value)
    assert read() == meaning


@pytest.mark.parametrize("value", ["http://me:secret@host/", "redis://me:secret@host:port/"])
def test_an_address_that_cannot_be_used_is_refused_without_its_password(monkeypatch, value):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=r"^X ") as caught:
        environment.address("X", schemes={"redis"})
    assert "secret" not in str(caught.value)


def test_what_is_not_set_has_its_default(monkeypatch):
    for name in ("HOST", "PORT", "WEB_WORKERS", "WEB_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert web.options() == web.Options(host="127.0.0.1", port=8000, workers=2, threads=8)
    assert environment.words("NOT_SET", "a,b") == ["a", "b"]
    assert environment.address("NOT_SET", schemes={"redis"}) == ""


def test_who_waits_for_the_database_is_not_dead(settings):
    assert databases.SQLITE_OPTIONS["timeout"] < settings.RUN_SILENT_SECONDS


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgres://localhost:port/x"),
        ("REDIS_URL", "http://localhost"),
        ("EMAIL_URL", "carrier-pigeon://"),
        ("LIVE_RATE", "often"),
        ("API_RATE", "10/fortnight"),
        ("LOG_LEVEL", "CHATTY"),
        ("LEAST_CONFIDENCE", "2"),
        ("LEAST_IS_DIGIT", "sure"),
        ("PROXIES", "-1"),
        ("INFERENCE_THREADS", "0"),
        ("RECOGNITION_WORKERS", "many"),
        ("HTTPS", "maybe"),
        ("MOST_WAITING", "x"),
        ("STATEMENT_SECONDS", "0"),
        ("RUN_SILENT_SECONDS", "1"),
        ("RUN_MOST_SECONDS", "59"),
        ("RETRAIN_AFTER_LABELS", "-1"),
        ("TRAINING_THREADS", "0"),
        ("GATE_ALPHA", "40"),
        ("GATE_FLIPS", "0"),
        ("GATE_TELLING_LOSS", "2"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "ab" * 40),
        ("STAFF_NEEDS_MFA", "sometimes"),
        ("HSTS_SUBDOMAINS", "some"),
    ],
)
def test_the_settings_refuse_nonsense(tmp_path, monkeypatch, variable, value):
    monkeypatch.setenv("VAR", str(tmp_path))
    monkeypatch.setenv(variable, value)
    with pytest.raises(ImproperlyConfigured) as caught:
        runpy.run_path(settings_file.__file__)
    [sentence] = str(caught.value).splitlines()
    assert variable in sentence or value.partition(":")[0] in sentence


SECRET = "0123456789" * 6


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"HTTPS": "yes", "PROXIES": "1", "SECRET_KEY": SECRET, "DEBUG": "yes"}, "HTTPS and DEBUG"),
        ({"HTTPS": "yes", "PROXIES": "1"}, "HTTPS needs SECRET_KEY"),
        ({"HTTPS": "yes", "SECRET_KEY": SECRET}, "HTTPS needs a proxy"),
    ],
)
def test_settings_that_would_open_a_site_to_all_stop_the_start(tmp_path, variables, words):
    done = started("import digitsite.settings", tmp_path, variables)
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {words}" in done.stderr.splitlines()[-1]
    assert SECRET not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("chosen", "includes"), [({}, False), ({"HSTS_SUBDOMAINS": "yes"}, True)])
def test_a_site_with_https_says_so_for_a_year(tmp_path, chosen, includes):
    header = "print(Client().get('/health/live', secure=True)['Strict-Transport-Security'])"
    code = f"import django; django.setup(); from django.test import Client; {header}"
    https = {"HTTPS": "yes", "PROXIES": "1", "SECRET_KEY": SECRET, "ALLOWED_HOSTS": "testserver"}
    done = started(code, tmp_path, https | chosen)
    assert done.stdout.startswith("max-age=31536000"), done.stderr
    assert ("includeSubDomains" in done.stdout) is includes


def started(code, var, variables):
    own = {"VAR": str(var), "DJANGO_SETTINGS_MODULE": "digitsite.settings"}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | own | variables,
        capture_output=True,
        text=True,
    )
