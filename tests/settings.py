"""The site's settings with state of the tests' own, so that nobody's `var/` is touched."""

import atexit
import os
import shutil
import tempfile

_var = tempfile.mkdtemp(prefix="digitsite-tests-")
atexit.register(shutil.rmtree, _var, ignore_errors=True)
os.environ["VAR"] = _var

from digitsite.settings import *  # noqa: E402, F403 - once the environment is set

# What takes time on purpose, or needs `collectstatic`, is left out here; tests of the whole site
# (marked `stack`) start it as it is.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
