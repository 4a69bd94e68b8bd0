"""All settings, read from the environment. docs/operating.md lists the variables."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from digitsite.config import environment, keys, machine, permissions, sockets
from training.ml.gate import thresholds

permissions.close_new_files()  # before the first: VAR may not be there yet
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = environment.folder("VAR", BASE_DIR / "var")

DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = keys.strong(environment.text("SECRET_KEY") or keys.kept_in(VAR / "secret_key"))
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")
PROXIES = environment.whole("PROXIES", 0)

INSTALLED_APPS = [
    "recognizer",
    "training",
    "django.contrib.admin.apps.SimpleAdminConfig",  # digitsite/urls.py imports what it shows
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's list of security keys
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "django_celery_beat",
]

MIDDLEWARE = [
    "digitsite.middleware.headers.policy_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "digitsite.middleware.no_store.no_store",
    "digitsite.middleware.time_zone.readers_time_zone",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "digitsite.middleware.csp.PolicyMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "digitsite.middleware.busy.BusyMiddleware",
    "recognizer.accounts.gone.GoneMiddleware",
    "digitsite.middleware.refusals.refuse_unread",
    "recognizer.accounts.audit.denials.note_denials",
    "recognizer.accounts.second_factor.SecondFactorMiddleware",
]

ROOT_URLCONF = "digitsite.urls"
WSGI_APPLICATION = "digitsite.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Data ------------------------------------------------------------------------------------------

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": VAR / "db.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "timeout": 20,
        # A transaction that reads first and writes later would fail at once, not wait, if it
        # began as a reader.
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
            "PRAGMA cache_size = -32000; PRAGMA mmap_size = 134217728;"
        ),
    },
}


# A server that cannot be reached, or a network that lost it, is noticed within seconds (libpq's
# keywords; tcp_user_timeout in milliseconds).
POSTGRESQL_OPTIONS = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def _database() -> dict[str, object]:
    url = environment.address("DATABASE_URL", schemes={"postgres", "postgresql"})
    if not url:
        return dict(SQLITE)
    parsed = dict(environ.Env.db_url_config(url))
    options = POSTGRESQL_OPTIONS | parsed.get("OPTIONS", {})
    return {**parsed, "OPTIONS": options, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": _database()}
# How long PostgreSQL may be at one statement of a web process.
STATEMENT_SECONDS = environment.whole("STATEMENT_SECONDS", 10, least=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_SOCKET = sockets.path_for(VAR)
REDIS_URL = environment.address("REDIS_URL", schemes={"redis", "rediss", "unix"})
REDIS = REDIS_URL or f"unix://{BROKER_SOCKET}"

CACHES = {
    "default": {
        "BACKEND": "digitsite.extensions.cache.OptionalRedisCache",
        "LOCATION": REDIS,
        "KEY_PREFIX": "digitsite",
        "OPTIONS": {
            "CONNECTION_POOL_CLASS": "digitsite.extensions.cache.BreakingPool",
            "SOCKET_CONNECT_TIMEOUT": 0.5,
            "SOCKET_TIMEOUT": 0.5,
            # With no broker the site still draws, reads and keeps: only rate limits rest.
            "IGNORE_EXCEPTIONS": True,
        },
    },
    # In each process: which workers answered lately.
    "memory": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 5,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# Workers ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = sockets.for_celery(REDIS)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # How long a task that a killed worker held stays lost: until it is this old (seconds) and
    # one of the periodic looks, `interval` seconds apart, has found it.
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Who publishes may be a request; a worker waits longer (digitsite/celery.py).
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "global_keyprefix": "digitsite:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "recognition"
# While the one process that trains is busy, a run must still be looked after.
CELERY_TASK_ROUTES = {
    # A stranger's pictures may take seconds each: what people save must not wait behind them.
    "recognizer.go_on_importing": "imports",
    "recognizer.*": "recognition",
    "training.run": "training",
    "training.tell": "training",  # mails: a slow server must not hold up who waits for an answer
    "training.*": "recognition",
}
# Training has one process, which its command says.
CELERY_WORKER_CONCURRENCY = environment.whole("RECOGNITION_WORKERS", 1, least=1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker keeps its connection to the database, as a web process does: digitsite/celery.py.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# The schedule lies in the database, where staff edit it. What stands here is written there at
# beat's start; beat notices an edit within five seconds.
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "recognizer.sweep",
        "schedule": timedelta(seconds=10),
        "options": {"expire_seconds": 10},
    },
    "erase": {
        "task": "recognizer.erase_expired",
        "schedule": timedelta(hours=1),
        "options": {"expire_seconds": 3600},
    },
    "tend": {
        "task": "training.tend",
        "schedule": timedelta(seconds=5),
        "options": {"expire_seconds": 5},
    },
    "forget": {
        "task": "training.forget",
        "schedule": timedelta(seconds=10),
        "options": {"expire_seconds": 10},
    },
    "thin": {
        "task": "training.thin",
        "schedule": timedelta(minutes=1),
        "options": {"expire_seconds": 60},
    },
}
# Nothing is kept that beat would have to clear away.
CELERY_RESULT_EXPIRES = None

# Recognition -----------------------------------------------------------------------------------

INFERENCE_THREADS = environment.whole("INFERENCE_THREADS", 1, least=1)
# The files of the version that a new site begins with.
SHIPPED_MODEL = Path(environment.text("SHIPPED_MODEL", str(BASE_DIR / "recognizer" / "shipped")))
# Below these an answer names no digit: see docs/model-card.md for what that costs and saves.
LEAST_CONFIDENCE = environment.share("LEAST_CONFIDENCE", 0.5)
LEAST_IS_DIGIT = environment.share("LEAST_IS_DIGIT", 0.5)
# How long, in seconds, a process may go on with a champion that another has replaced.
CHAMPION_CHECK_SECONDS = 0.5
MOST_SECONDS_TO_WAIT = 5
# Requests that a web process works on at once; whoever is slow to send or to read counts not.
WEB_THREADS = environment.whole("WEB_THREADS", 8, least=2)
# A connection on which nothing moves for so many seconds is closed.
STALLED_SECONDS = environment.whole("STALLED_SECONDS", 30, least=1)
MOST_WAITING = environment.whole("MOST_WAITING", WEB_THREADS // 2)
if MOST_WAITING >= WEB_THREADS:
    raise ImproperlyConfigured("MOST_WAITING must be less than WEB_THREADS: others would starve.")
# How many pictures a process decodes at once: one thread is left for who sends none and waits for
# nothing.
MOST_DECODING = max(WEB_THREADS - MOST_WAITING - 1, 1)
# How many exports a process streams at once; each holds a thread and a database connection.
MOST_EXPORTS = 2
STROKES_BODY_BYTES = 400_000
IMAGE_BODY_BYTES = 10_000_000
# How much strokes and images one person may keep.
MOST_KEPT_MB = environment.whole("MOST_KEPT_MB", 1000, least=1)
# Beside the image a form has its boundaries and names.
FORM_BODY_BYTES = IMAGE_BODY_BYTES + 10_000
# A page's form without files.
PAGE_BODY_BYTES = 100_000
# The addresses that take files, by their names, and how long a body may be there. Elsewhere the API
# takes STROKES_BODY_BYTES where it takes a body, and a page PAGE_BODY_BYTES.
FILE_BODY_BYTES = {
    "api:recognize": FORM_BODY_BYTES,
    "api:explain": FORM_BODY_BYTES,
    "api:drawing-list": FORM_BODY_BYTES,
    "api:import-list": FORM_BODY_BYTES,
    "imports": FORM_BODY_BYTES,
}
# Of the API these take bodies without a token or a session.
BODIES_OPEN_TO_ALL = {"api:recognize", "api:explain"}
LONGEST_BODY = max(FILE_BODY_BYTES.values())
# What all bodies that a web process receives may take in files; further ones are refused (503).
MOST_ARRIVING_MB = environment.whole("MOST_ARRIVING_MB", 128, least=-(-LONGEST_BODY // 1_000_000))
# Of that for those who send from one address: they do not keep others from sending.
ARRIVING_BYTES_AN_ADDRESS = max(MOST_ARRIVING_MB * 1_000_000 // 4, LONGEST_BODY)
DATA_UPLOAD_MAX_MEMORY_SIZE = STROKES_BODY_BYTES  # JSON too, which DRF reads through Django
FILE_UPLOAD_MAX_MEMORY_SIZE = IMAGE_BODY_BYTES
FILE_UPLOAD_TEMP_DIR = VAR  # on many systems /tmp is memory
FILE_UPLOAD_PERMISSIONS = 0o600  # static files too, which Django would open to all

# Training --------------------------------------------------------------------------------------

# Half the cores: threads wait for the slowest at every step, and one that must wait for a core that
# others use, to which the worker is nice (Procfile), holds all of them up.
TRAINING_THREADS = environment.whole("TRAINING_THREADS", max(machine.cores() // 2, 1), least=1)
# A run whose worker gave no sign of life for so many seconds is given to another. More than SQLite
# lets a writer wait: who waits for the database is not dead.
RUN_SILENT_SECONDS = environment.whole("RUN_SILENT_SECONDS", 30, least=5)
# A run at which one worker has been for so many seconds has failed.
RUN_MOST_SECONDS = environment.whole("RUN_MOST_SECONDS", 3600, least=60)
# A prediction that nobody will ask for again is deleted after so many days.
PREDICTION_DAYS = environment.whole("PREDICTION_DAYS", 30, least=1, most=3650)
# So many drawings with new labels start a run; 0: none does.
RETRAIN_AFTER_LABELS = environment.whole("RETRAIN_AFTER_LABELS", 50)
# With fewer labelled drawings to learn from a run is skipped.
LEAST_LABELS = environment.whole("LEAST_LABELS", 10, least=1)
# How many labels one person may teach in one run; those that a reviewer gave do not count.
LABELS_A_PERSON = environment.whole("LABELS_A_PERSON", 200, least=1)
# From which share of a person's drawings on, at which predictions contradict them, those labels are
# set aside, and all of theirs.
DOUBT_FROM = environment.share("DOUBT_FROM", 0.1)
DISTRUST_FROM = environment.share("DISTRUST_FROM", 0.4)
# The numbers of the gate, each set by GATE_ and its name: docs/decisions/the-gate.md.
environment.renamed("GATE_TELLING_LOSS", "GATE_OOD_LOSS")
GATE: dict[str, Any] = {
    one.name: environment.number(
        f"GATE_{one.name.upper()}", one.default, least=one.least, most=one.most
    )
    for one in thresholds.bounds()
}

# People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "recognizer.User"
# One: each hashes the password that somebody signs in with.
AUTHENTICATION_BACKENDS = ["recognizer.accounts.backends.SignIn"]
PASSWORD_HASHERS = ["digitsite.extensions.hashers.Argon2", "digitsite.extensions.hashers.PBKDF2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "draw"
LOGOUT_REDIRECT_URL = "draw"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
# Who signs up with an address that somebody has is not told: both may, and one can verify it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_RATE_LIMITS = {
    # By address alone: a limit by account would let a stranger lock its owner out.
    "wrong_password": "5/m/ip,40/h/ip",
    # Signing up tells which names are taken: nobody is to go through a dictionary.
    "signup": "20/m/ip,500/d/ip",
    # Codes of a second factor, by account: who is asked for one gave the right password. allauth
    # clears these counts after a right one, so that none of them may be by address.
    "login_failed": "5/5m/key,20/h/key",
}
ACCOUNT_USERNAME_VALIDATORS = "recognizer.accounts.names.validators"
ACCOUNT_FORMS = {
    "login": "recognizer.accounts.forms.SignInForm",
    "change_password": "recognizer.accounts.forms.PasswordForm",
    "reset_password_from_key": "recognizer.accounts.forms.NewPasswordForm",
}
ACCOUNT_ADAPTER = "recognizer.accounts.adapter.Adapter"
# Before what would let the thief of a session stay, who is signed in confirms that it is they; and
# is told by mail of what was done.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Numeral: "
ACCOUNT_SIGNUP_FORM_CLASS = "recognizer.forms.TeachingForm"
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Numeral"
MFA_PASSKEY_LOGIN_ENABLED = True
# Roles and the admin are for those alone who have a second factor.
STAFF_NEEDS_MFA = environment.flag("STAFF_NEEDS_MFA", default=False)
# How long the audit log is kept.
AUDIT_DAYS = environment.whole("AUDIT_DAYS", 180, least=1)

# Email is printed on the terminal until EMAIL_URL says where to send it.
vars().update(environment.email("EMAIL_URL", "consolemail://"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "digits@localhost")

# API -------------------------------------------------------------------------------------------

KNOX_TOKEN_MODEL = "recognizer.ApiToken"  # noqa: S105 - a model, no secret
REST_KNOX = {"TOKEN_MODEL": KNOX_TOKEN_MODEL, "TOKEN_PREFIX": "digit_"}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "recognizer.api.requests.authentication.TokenAuthentication",
        "recognizer.api.requests.authentication.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "recognizer.api.requests.permissions.TokenScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["recognizer.api.requests.parsers.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "recognizer.pagination.NewestFirst",
    "DEFAULT_THROTTLE_CLASSES": ["recognizer.limits.throttles.WindowThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "live": environment.rate("LIVE_RATE", "3000/min"),
        "explain": environment.rate("EXPLAIN_RATE", "120/min"),
        "image": environment.rate("IMAGE_RATE", "120/min"),
        "default": environment.rate("API_RATE", "600/min"),
    },
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS is a method as others are: the schema describes all
    "EXCEPTION_HANDLER": "recognizer.api.errors.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Numeral",
    "DESCRIPTION": "Reads handwritten digits, keeps what you draw, and learns from corrections.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ImportStateEnum": "recognizer.models.imports.Import.State",
        "RunStateEnum": "training.models.runs.TrainingRun.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "recognizer.api.requests.schema.with_errors",
    ],
}

# Pages -----------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# What browsers look for at the top of a site, by a fixed name.
WHITENOISE_ROOT = BASE_DIR / "static" / "root"
WHITENOISE_MIMETYPES = {".webmanifest": "application/manifest+json"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "digitsite.extensions.storage.HashedModules"},
}
MEDIA_ROOT = VAR / "media"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "digitsite.formats"

# Security --------------------------------------------------------------------------------------

HTTPS = environment.flag("HTTPS", default=False)
if HTTPS and not PROXIES:
    raise ImproperlyConfigured(
        "HTTPS needs a proxy in front that speaks it and sets X-Forwarded-Proto: set PROXIES=1."
    )
if HTTPS and DEBUG:
    raise ImproperlyConfigured(
        "HTTPS and DEBUG exclude each other: DEBUG shows secrets to whoever meets an error."
    )
if HTTPS and not environment.text("SECRET_KEY"):
    raise ImproperlyConfigured(
        "HTTPS needs SECRET_KEY, which the sessions of people on all machines depend on: set it to "
        "what var/secret_key holds."
    )
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers let http://localhost alone
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = environment.flag("HSTS_SUBDOMAINS", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^health/"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {
        "no_routine": {"()": "digitsite.logs.NoRoutine"},
        "one_line": {"()": "digitsite.logs.OneLineOfARefusal"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["one_line"],
        }
    },
    "root": {"handlers": ["console"], "level": environment.level("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "celery.beat": {"filters": ["no_routine"]},
        "celery.worker.strategy": {"filters": ["no_routine"]},
        "celery.app.trace": {"filters": ["no_routine"]},
        # They tell every step of an export.
        "onnx_ir": {"level": "WARNING"},
        "onnxscript": {"level": "WARNING"},
    },
}
