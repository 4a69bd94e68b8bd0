"""All settings, read from the environment. docs/operating.md lists the variables."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from digitsite import logs
from digitsite.config import databases, environment, keys, machine, permissions, sockets
from training.ml.gate import thresholds

permissions.close_new_files()  # before any is created: VAR may not exist yet
BASE_DIR = Path(__file__).resolve().parent.parent
VAR = environment.folder("VAR", BASE_DIR / "var")

DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = keys.strong(environment.text("SECRET_KEY") or keys.stored_in(VAR / "secret_key"))
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")
PROXIES = environment.integer("PROXIES", 0)

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
    "recognizer.accounts.unkept.UnkeptMiddleware",
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

DATABASES = {"default": databases.default(VAR)}
# How long, in seconds, PostgreSQL may take for one statement of a web process.
STATEMENT_SECONDS = environment.integer("STATEMENT_SECONDS", 10, least=1)
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
            # Without a broker the site still draws, answers and stores: only rate limits are off.
            "IGNORE_EXCEPTIONS": True,
        },
    },
    # One per process: which workers answered lately.
    "memory": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "TIMEOUT": 5,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}

# Workers ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = sockets.for_celery(REDIS)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # How long a task of a killed worker is lost: until it is this old (seconds) and the next
    # periodic check, `interval` seconds apart, has found it.
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # The publisher may be a request; a worker waits longer (digitsite/celery.py).
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "global_keyprefix": "digitsite:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "recognition"
# These tasks must run while the only training process is busy.
CELERY_TASK_ROUTES = {
    # Decoding pictures may take seconds each: saved drawings must not wait behind them.
    "recognizer.go_on_importing": "imports",
    "recognizer.*": "recognition",
    "training.run": "training",
    "training.tell": "training",  # mails: a slow mail server must delay no answers
    "training.*": "recognition",
}
# Of recognition workers; training has one process, as its command says.
CELERY_WORKER_CONCURRENCY = environment.integer("RECOGNITION_WORKERS", 1, least=1)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A worker keeps its connection to the database, as a web process does: digitsite/celery.py.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"


def _every(seconds: int, task: str) -> dict[str, Any]:
    """A task that is sent at this interval, and forgotten if no worker takes it before the next."""
    return {
        "task": task,
        "schedule": timedelta(seconds=seconds),
        "options": {"expire_seconds": seconds},
    }


# The schedule is in the database, where staff edit it. This one is written there when beat starts;
# beat notices an edit within five seconds.
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "sweep": _every(10, "recognizer.sweep"),
    "erase": _every(3600, "recognizer.erase_expired"),
    "tend": _every(5, "training.tend"),
    "forget": _every(10, "training.forget"),
    "thin": _every(60, "training.thin"),
}
# No results are stored, so beat need not clear them.
CELERY_RESULT_EXPIRES = None

# Recognition -----------------------------------------------------------------------------------

INFERENCE_THREADS = environment.integer("INFERENCE_THREADS", 1, least=1)
# The files of a new site's first model version.
SHIPPED_MODEL = Path(environment.text("SHIPPED_MODEL", str(BASE_DIR / "recognizer" / "shipped")))
# Answers below these thresholds name no digit: docs/model-card.md has what that costs and saves.
LEAST_CONFIDENCE = environment.share("LEAST_CONFIDENCE", 0.5)
LEAST_IS_DIGIT = environment.share("LEAST_IS_DIGIT", 0.5)
# How long, in seconds, a process may continue with a replaced champion.
CHAMPION_CHECK_SECONDS = 0.5
MOST_SECONDS_TO_WAIT = 5
# How many requests a web process handles at once; slow senders and receivers do not count.
WEB_THREADS = environment.integer("WEB_THREADS", 8, least=2)
# How many of them one address may occupy: whoever asks for much at once waits, and others do not.
REQUESTS_AN_ADDRESS = WEB_THREADS * 3 // 4
# A connection without traffic is closed after this many seconds.
STALLED_SECONDS = environment.integer("STALLED_SECONDS", 30, least=1)
MOST_WAITING = environment.integer("MOST_WAITING", WEB_THREADS // 2)
if MOST_WAITING >= WEB_THREADS:
    raise ImproperlyConfigured("MOST_WAITING must be less than WEB_THREADS: others would starve.")
# How many pictures a process decodes at once: at least one thread is left for requests that send
# none and do not wait.
MOST_DECODING = max(WEB_THREADS - MOST_WAITING - 1, 1)
# How many exports a process streams at once; each holds a thread and a database connection.
MOST_EXPORTS = 2
STROKES_BODY_BYTES = 400_000
IMAGE_BODY_BYTES = 10_000_000
# How much one person may store in strokes and images.
MOST_KEPT_MB = environment.integer("MOST_KEPT_MB", 1000, least=1)
# A form contains boundaries and names besides the image.
FORM_BODY_BYTES = IMAGE_BODY_BYTES + 10_000
# A page's form without files.
PAGE_BODY_BYTES = 100_000
# The names of addresses that take files, with the longest body of each. Elsewhere the API takes
# STROKES_BODY_BYTES where it takes a body, and a page PAGE_BODY_BYTES.
FILE_BODY_BYTES = {
    "api:recognize": FORM_BODY_BYTES,
    "api:explain": FORM_BODY_BYTES,
    "api:drawing-list": FORM_BODY_BYTES,
    "api:import-list": FORM_BODY_BYTES,
    "imports": FORM_BODY_BYTES,
}
# The API's addresses that take bodies without a token or a session.
BODIES_OPEN_TO_ALL = {"api:recognize", "api:explain"}
LONGEST_BODY = max(FILE_BODY_BYTES.values())
# How much all arriving bodies of a web process may store in files; further ones are refused (503).
MOST_ARRIVING_MB = environment.integer("MOST_ARRIVING_MB", 128, least=-(-LONGEST_BODY // 1_000_000))
# The part of that for one address: its senders do not block others.
ARRIVING_BYTES_AN_ADDRESS = max(MOST_ARRIVING_MB * 1_000_000 // 4, LONGEST_BODY)
# How much of its longer answers a web process keeps in memory until clients have read them, and how
# much of that for one address.
SENDING_BYTES, SENDING_BYTES_AN_ADDRESS = 64_000_000, 16_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = STROKES_BODY_BYTES  # JSON too, which DRF reads through Django
FILE_UPLOAD_MAX_MEMORY_SIZE = IMAGE_BODY_BYTES
FILE_UPLOAD_TEMP_DIR = VAR  # on many systems /tmp is memory
FILE_UPLOAD_PERMISSIONS = 0o600  # static files too, which Django would open to all

# Training --------------------------------------------------------------------------------------

# Half the cores: at every step all threads wait for the slowest, and the worker has a low priority
# (Procfile), so one that has to wait for a busy core delays them all.
TRAINING_THREADS = environment.integer("TRAINING_THREADS", max(machine.cores() // 2, 1), least=1)
# A run whose worker sent no heartbeat for so many seconds is given to another. Longer than SQLite
# makes a writer wait: a worker that waits for the database is not dead.
RUN_SILENT_SECONDS = environment.integer("RUN_SILENT_SECONDS", 30, least=5)
# A run fails after one worker has worked on it for so many seconds.
RUN_MOST_SECONDS = environment.integer("RUN_MOST_SECONDS", 3600, least=60)
# Predictions that are no longer needed are deleted after so many days.
PREDICTION_DAYS = environment.integer("PREDICTION_DAYS", 30, least=1, most=3650)
# This many drawings with new labels start a run; 0: none do.
RETRAIN_AFTER_LABELS = environment.integer("RETRAIN_AFTER_LABELS", 50)
# A run with fewer labelled drawings is skipped.
LEAST_LABELS = environment.integer("LEAST_LABELS", 10, least=1)
# The most labels of one person that a run trains on, not counting those that a reviewer gave.
LABELS_A_PERSON = environment.integer("LABELS_A_PERSON", 200, least=1)
# If at least this share of a person's labelled drawings is contradicted by predictions, those
# labels are set aside; from the second share on, all their labels are.
DOUBT_FROM = environment.share("DOUBT_FROM", 0.1)
DISTRUST_FROM = environment.share("DISTRUST_FROM", 0.4)
# The gate's thresholds, each set by GATE_ and its name: docs/decisions/the-gate.md.
environment.renamed("GATE_TELLING_LOSS", "GATE_OOD_LOSS")
GATE: dict[str, Any] = {
    one.name: environment.number(
        f"GATE_{one.name.upper()}", one.default, least=one.least, most=one.most
    )
    for one in thresholds.bounds()
}

# People ----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "recognizer.User"
# Only one, since each backend hashes the password of a sign-in.
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
# Signing up does not reveal that an address is taken: several accounts may have it, and one can
# verify it.
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_RATE_LIMITS = {
    # By IP address only: with a limit by account, anybody could lock its owner out.
    "wrong_password": "5/m/ip,40/h/ip",
    # Signing up reveals which usernames are taken: the limit prevents going through a dictionary.
    "signup": "20/m/ip,500/d/ip",
    # Both send mail to whatever address is typed: nobody may fill other people's mailboxes.
    "reset_password": "20/m/ip,200/d/ip,5/m/key",
    "manage_email": "10/m/user,50/d/user",
    # Mails that tell what was done to an account: the address may be somebody else's here too.
    "notice": "10/m/key,60/d/key",
    # Codes of a second factor, by account: whoever is asked for one gave the right password.
    # allauth clears these counts after a correct code, so none of them may be by IP address.
    "login_failed": "5/5m/key,20/h/key",
}
ACCOUNT_USERNAME_VALIDATORS = "recognizer.accounts.names.validators"
ACCOUNT_FORMS = {
    "login": "recognizer.accounts.overrides.forms.SignInForm",
    "change_password": "recognizer.accounts.overrides.forms.PasswordForm",
    "reset_password": "recognizer.accounts.overrides.forms.ResetForm",
    "reset_password_from_key": "recognizer.accounts.overrides.forms.NewPasswordForm",
}
ACCOUNT_ADAPTER = "recognizer.accounts.overrides.adapter.Adapter"
# Actions by which a stolen session could be kept require the password again, and are reported by
# mail.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Numeral: "
ACCOUNT_SIGNUP_FORM_CLASS = "recognizer.forms.TeachingForm"
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Numeral"
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RATE_LIMITS = {
    "webauthn_challenge": "30/m/ip",
    "change_second_factor": "20/m/user,200/d/user",
}
MFA_FORMS = {
    "add_webauthn": "recognizer.accounts.overrides.passkeys.AddForm",
    "edit_webauthn": "recognizer.accounts.overrides.passkeys.RenameForm",
    "login_webauthn": "recognizer.accounts.overrides.passkeys.LoginForm",
    "authenticate_webauthn": "recognizer.accounts.overrides.passkeys.AuthenticateForm",
    "reauthenticate_webauthn": "recognizer.accounts.overrides.passkeys.ReauthenticateForm",
}
# Whether roles and the admin require a second factor.
STAFF_NEEDS_MFA = environment.flag("STAFF_NEEDS_MFA", default=False)
# How many days the audit log is kept.
AUDIT_DAYS = environment.integer("AUDIT_DAYS", 180, least=1)

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
    "DEFAULT_METADATA_CLASS": None,  # no OPTIONS method: the schema describes everything
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
# Files that browsers request at the top of a site, by fixed names.
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
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers allow http://localhost
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

LOGGING = logs.configuration(environment.level("LOG_LEVEL", "INFO"))
