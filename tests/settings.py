"""The site's settings with state of the tests' own, so that nobody's `var/` is touched."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

_var = tempfile.mkdtemp(prefix="digitsite-tests-")
(Path(_var) / "static").mkdir()
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ["VAR"] = _var
# Tests run beside each other: torch's threads would fight for the cores, and spin while they wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Tests that run side by side (pytest -n) share no database of a Redis server.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if WORKER and "REDIS_URL" in os.environ:
    _redis = urlsplit(os.environ["REDIS_URL"])
    _number = int(_redis.path.strip("/") or 0) + WORKER
    os.environ["REDIS_URL"] = _redis._replace(path=f"/{_number}").geturl()

from digitsite.settings import *  # noqa: E402, F403 - once the environment is set

# Tests that commit have the tables of these apps emptied, which pytest-django knows by name alone.
INSTALLED_APPS = [app.removesuffix(".apps.SimpleAdminConfig") for app in INSTALLED_APPS]  # noqa: F405

# What takes time on purpose, or needs `collectstatic`, is left out here; tests of the whole site
# (marked `stack`) start it as it is.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
