"""Django settings. Everything an operator may change comes from the environment through `digest.env`."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from digest.desk_skin import describe_skin
from digest.env import ROOT, celery_broker_url, database, env, log_format, log_level, mail, prepare_data_dir, redis_url
from digest.logs import describe_logging
from digest.monitoring import start_sentry

BASE_DIR = ROOT
VAR_DIR = prepare_data_dir()

# --- Who we are ---------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
# Secrets have a value of their own only in development; otherwise the checks in
# `digest.web.checks` refuse to start and name what is missing.
SECRET_KEY = env.str("SECRET_KEY", default="development-only-not-a-secret" if DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", default="development-only" if DEBUG else "")
ANYMAIL_WEBHOOK_SECRET = env.str("ANYMAIL_WEBHOOK_SECRET", default="")

HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
SITE_URL = env.str("SITE_URL", default=f"http://{HOST}:{PORT}" if DEBUG else "").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Paperboy")
CURATOR_NAME = env.str("CURATOR_NAME", default="the Paperboy curators")
POSTAL_ADDRESS = env.str("POSTAL_ADDRESS", default="Paperboy, 1 Example Street, 00000 Exampleton" if DEBUG else "")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_HOST, *(["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL] if SITE_URL else [])

# --- What is installed --------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin.apps.SimpleAdminConfig",  # digest/urls.py brings the desk
    "django.contrib.humanize",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "anymail",
    "django_htmx",
    "simple_history",
    "digest.papers",
    "subscriptions",
    "digest.composing",
    "digest.delivery",
    "digest.hooks",
    "digest.web",
    "digest.api",
    "digest.local",
]
MIDDLEWARE = [
    "digest.web.requests.request_line",
    "digest.web.watchers.answer_watchers",
    "digest.web.headers.security_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, as it asks: turns a locked-out log-in into its page.
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "digest.urls"
WSGI_APPLICATION = "digest.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "digest.web.context.site",
            ],
        },
    },
]

# --- Where things are kept ----------------------------------------------------------------------
DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = redis_url()
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default="") or VAR_DIR / "static")
# The web process serves its own static files: compressed ones that collectstatic made, or in
# development straight from their folders.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# After five wrong passwords an account is closed to that network for a while.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "digest.web.login.visitor_of"
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "site/locked_out.html"
# One-time codes for the desk: "optional" (whoever has them must type them) or "required" (of everybody).
STAFF_TOTP = env.str("STAFF_TOTP", default="optional")
OTP_TOTP_ISSUER = SITE_NAME
# Only curators and operators log in, and to the desk.
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Language and time --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "digest.formats"

# --- Mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <digest@paperboy.example>" if DEBUG else "")
# Names mails and the list; an address of ours lives there, so it is a domain we own.
MAIL_DOMAIN = parseaddr(DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or SITE_HOST
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Django's SMTP backend waits for ever unless told otherwise.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="")
ANYMAIL: dict[str, object] = {}
globals().update(mail())
ANYMAIL = {
    "REQUESTS_TIMEOUT": EMAIL_TIMEOUT,
    **ANYMAIL,
    # Several, separated by commas, while one is exchanged for another.
    **({"WEBHOOK_SECRET": ANYMAIL_WEBHOOK_SECRET.split(",")} if ANYMAIL_WEBHOOK_SECRET else {}),
}
# What our mail is signed with, for `manage.py doctor` to look up.
DKIM_SELECTORS = env.list("DKIM_SELECTORS", default=[])
MAILBOX_DIR = VAR_DIR / "mailbox"
# Mails a second for all workers together, and by recipient domain ("gmail.com=20,outlook.com=5"); 0: no limit.
SEND_RATE = env.float("SEND_RATE", default=0.0)
DOMAIN_RATES: dict[str, float] = env.dict("DOMAIN_RATES", cast={"value": float}, default={})
# One request for many readers, where the provider supports it and their letters are alike.
MERGE = env.bool("MERGE", default=True)
# "campaign:customer:mailtype:sender" for Gmail's feedback loop; left out while empty.
FEEDBACK_ID = env.str("FEEDBACK_ID", default="")
# An edition for at least CANARY_FROM readers goes to one in CANARY_SHARE of them first (0: to all at
# once), and to the others CANARY_MINUTES later, unless it was paused meanwhile.
CANARY_FROM = env.int("CANARY_FROM", default=5000)
CANARY_SHARE = env.int("CANARY_SHARE", default=50)
CANARY_MINUTES = env.int("CANARY_MINUTES", default=10)
# Shares at which an edition is paused by itself; COMPLAINT_WARN shows a warning in the admin.
COMPLAINT_STOP = env.float("COMPLAINT_STOP", default=0.003)
COMPLAINT_WARN = env.float("COMPLAINT_WARN", default=0.001)
BOUNCE_STOP = env.float("BOUNCE_STOP", default=0.1)
# How long before a digest that was certainly not taken is tried again; the wait doubles each time.
RETRY_SECONDS = env.float("RETRY_SECONDS", default=60.0)
# Connections that each worker process keeps busy at once; more help where the provider is far away.
SEND_LANES = env.int("SEND_LANES", default=1)

# --- Digests ------------------------------------------------------------------------------------
DIGEST_SIZE = env.int("DIGEST_SIZE", default=10)
# The kinds of edition whose drafts fill themselves with suggestions.
DRAFT_KINDS = env.list("DRAFT_KINDS", default=["week"])
# What happens at a reader's hour while the edition is not approved, by its kind: "send" without it, "hold"
# until it is approved (no longer than CATCH_UP), or "skip".
WITHOUT_APPROVAL: dict[str, str] = env.dict("WITHOUT_APPROVAL", default={})
# What turns texts into vectors: "static", "minilm", or a model's name on the hub (digest/ranking/embed.py).
EMBEDDER = env.str("EMBEDDER", default="") or "static"
# Two rankers that share each digest, to compare them ("blend,interests"; digest/ranking/rankers.py); "": none.
RANKER_TRIAL = env.str("RANKER_TRIAL", default="")
# The class that searches the catalogue; the seam for another one is digest/papers/engine.py.
SEARCH_ENGINE = env.str("SEARCH_ENGINE", default="") or "digest.papers.shelf_index.ShelfEngine"
# How long after its hour a digest may still go out, after an outage, by cadence.
CATCH_UP = {
    "daily": timedelta(hours=12),
    "weekdays": timedelta(hours=12),
    "weekly": timedelta(days=3),
    "monthly": timedelta(days=7),
}

# --- Papers from the internet -------------------------------------------------------------------
# Semantic Scholar answers most requests without a key with "too many".
SEMANTIC_SCHOLAR_KEY = env.str("SEMANTIC_SCHOLAR_KEY", default="")
# Days on which no source owes papers, beside weekends and arXiv's own holidays.
SOURCE_HOLIDAYS: list[str] = env.list("SOURCE_HOLIDAYS", default=[])
# How long after their hour digests wait for a source that is set to hold them.
SOURCE_HOLD_HOURS = env.float("SOURCE_HOLD_HOURS", default=6.0)
# Tests alone: every fetch goes to this port of this machine, without TLS.
FETCH_LOOPBACK_PORT = 0

# How long digests (they also tell which papers a reader has had) and the providers' events are kept.
KEEP_DIGESTS_DAYS = env.int("KEEP_DIGESTS_DAYS", default=400)
KEEP_EVENTS_DAYS = env.int("KEEP_EVENTS_DAYS", default=90)
# The same for who changed which paper or edition, and for the visits to sources.
KEEP_HISTORY_DAYS = env.int("KEEP_HISTORY_DAYS", default=800)

# --- The API ------------------------------------------------------------------------------------
# Requests a minute, of one token and of one network without a token; 0: no limit.
API_RATE = env.int("API_RATE", default=600)
API_RATE_ANONYMOUS = env.int("API_RATE_ANONYMOUS", default=60)

# --- Celery: redis carries hints, the database decides (digest/README.md) -------------------------
CELERY_BROKER_URL = celery_broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 15,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 240, 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 10**9  # digest/celery.py closes what is too old or broken
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
# Letters by the thousand come last: nobody's confirmation, nor the clock, shall wait for a million of them.
CELERY_TASK_ROUTES = {f"digest.tasks.{name}": {"priority": 9} for name in ("compose", "plan_more")}
# How often to look who is due and what waits.
SWEEP_SECONDS = env.float("SWEEP_SECONDS", default=60.0)
CELERY_BEAT_SCHEDULE = {
    # Nothing waits for a hint that was lost: each of these finds its work in the database.
    # A run that could not start before the next one is due is dropped, not queued up.
    "tick": {"task": "digest.tasks.tick", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "reconcile": {"task": "digest.tasks.reconcile", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "drafts": {"task": "digest.tasks.draft_editions", "schedule": 1800.0, "options": {"expires": 1800}},
    "prune": {"task": "digest.tasks.prune", "schedule": 3600.0, "options": {"expires": 3500}},
    "hooks": {"task": "digest.tasks.call_hooks", "schedule": 10.0, "options": {"expires": 10}},
    "visits": {"task": "digest.tasks.visit_sources", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "events": {"task": "digest.tasks.apply_events", "schedule": 10.0, "options": {"expires": 10}},
    "embed": {"task": "digest.tasks.embed_papers", "schedule": 60.0, "options": {"expires": 55}},
    "index": {"task": "digest.tasks.index_papers", "schedule": 60.0, "options": {"expires": 55}},
    "pauses": {"task": "subscriptions.tasks.end_pauses", "schedule": 300.0, "options": {"expires": 290}},
    "attempts": {"task": "subscriptions.tasks.drop_attempts", "schedule": 3600.0, "options": {"expires": 3500}},
    "notices": {"task": "subscriptions.tasks.send_notices", "schedule": 5.0, "options": {"expires": 5}},
}

# --- Safety -------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "digest.web.errors.csrf_failed"
_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
# How many proxies of ours a request passes; the visitor's address is the one the outermost of them saw.
PROXY_COUNT = env.int("PROXY_COUNT", default=1 if SECURE_PROXY_SSL_HEADER else 0)
# Signups of everybody together before the form asks for patience.
SIGNUPS_PER_HOUR = env.int("SIGNUPS_PER_HOUR", default=2000)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if _HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
# Whether every neighbouring host speaks HTTPS is not ours to know; a proxy may redirect instead of us.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]

# --- Logs ---------------------------------------------------------------------------------------
LOG_LEVEL = log_level()
LOGGING = describe_logging(form=log_format(), level=LOG_LEVEL)
# Errors go to Sentry as well where its address is given (digest/monitoring.py).
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    start_sentry(SENTRY_DSN)
# Who may read /metrics: whoever sends this as a bearer token; without one, only this machine itself.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- The curators' desk (the admin) ---------------------------------------------------------------
UNFOLD = describe_skin(SITE_NAME)
# Putting an old state back would go round the stages' functions; the history is for reading.
SIMPLE_HISTORY_REVERT_DISABLED = True
