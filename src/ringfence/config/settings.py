"""Django's settings, made from `ringfence.config.environment` and from nothing else."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ringfence.config import declared, environment, parsing, parts, places, secrets
from ringfence.config.embedded import EmbeddedServer
from ringfence.interfaces import security

ENVIRONMENT = environment.current()
PACKAGE = Path(__file__).resolve().parent.parent
INTERFACES = PACKAGE / "interfaces"
VAR_DIR = ENVIRONMENT.var_dir
_server = EmbeddedServer(VAR_DIR)


def _database(url: str) -> dict[str, Any]:
    return parsing.django_database(url) | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}


DATABASE_OWNER = _database(ENVIRONMENT.database_owner_url or ENVIRONMENT.database_url or _server.owner_url)
"""The data database with the role that migrates it; used by `ringfence migrate` only."""

DATABASES = {
    "default": _database(ENVIRONMENT.database_url or _server.data_url),
    "keys": _database(ENVIRONMENT.keys_database_url or _server.keys_url),
}
DATABASE_ROUTERS = ["ringfence.privacy.keys.router.KeysRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = ENVIRONMENT.secret_key or secrets.made_once(VAR_DIR / "secrets", "signing-key")
DEBUG = ENVIRONMENT.debug
PUBLIC_ORIGIN = ENVIRONMENT.origin
READING_ORIGIN = ENVIRONMENT.reading_origin or PUBLIC_ORIGIN
_secure = PUBLIC_ORIGIN.startswith("https://")
_host = re.sub(r":\d+$", "", PUBLIC_ORIGIN.partition("://")[2])
COMPANY_NAME = ENVIRONMENT.company_name
COMPANY_NUMBER = ENVIRONMENT.company_number or ""
COMPANY_VAT_NUMBER = ENVIRONMENT.company_vat_number or ""
COMPANY_ADDRESS = ENVIRONMENT.company_address or ""
COMPANY_IN_REGISTER = ENVIRONMENT.company_in_register
SITE_NAME = ENVIRONMENT.company_name
CONTACT_PHONE = ENVIRONMENT.contact_phone
CONTACT_EMAIL = ENVIRONMENT.contact_email
ABUSE_EMAIL = ENVIRONMENT.abuse_email or f"abuse@{CONTACT_EMAIL.rpartition('@')[2]}"
SECURITY_CONTACT = ENVIRONMENT.security_contact or CONTACT_EMAIL
OPERATOR_EMAIL = ENVIRONMENT.operator_email or CONTACT_EMAIL
METRICS_TOKEN = ENVIRONMENT.metrics_token or ""
GROUP_COMPANIES = ENVIRONMENT.group_companies
SUPERVISORY_AUTHORITY = ENVIRONMENT.supervisory_authority
SELLER_COUNTRY = ENVIRONMENT.seller_country
COPY_FEES = dict(ENVIRONMENT.copy_fees)
YEARLY_DISCOUNT = ENVIRONMENT.yearly_discount
VISITOR_TIME_ZONE = ENVIRONMENT.time_zone
ANALYTICS_ID = ENVIRONMENT.analytics_id or ""
MAIL_AUTHORITY = ENVIRONMENT.mail_authority or ""
MAIL_IN = (ENVIRONMENT.web_address, ENVIRONMENT.mail_port)

# Adapters by dotted path: the rooms' ports.py look them up, so that no arrow points up.
KEY_STORE_ADAPTER = ENVIRONMENT.keystore
KEY_STORE_DIR = VAR_DIR / "keystore"
PAYMENTS_ADAPTER = ENVIRONMENT.payments
SWITCH_ADAPTER = ENVIRONMENT.switch
SPOOL_ADAPTER = "ringfence.adapters.switch.spool.CallSpool"
MAIL_ADAPTER = ENVIRONMENT.mail
SCANNER_ADAPTER = "ringfence.adapters.clamd.Clamd"

# The rehearsal payment provider, which `ringfence up` runs beside the store.
REHEARSAL_URL = f"http://localhost:{ENVIRONMENT.rehearsal_port}"
REHEARSAL_SECRET_FILE = VAR_DIR / "secrets" / "rehearsal-payments"

# Stripe, where it is chosen. Its page is where the form of the checkout ends up (Content-Security-Policy).
STRIPE_SECRET_KEY = ENVIRONMENT.stripe_secret_key or ""
STRIPE_WEBHOOK_SECRET = ENVIRONMENT.stripe_webhook_secret or ""
PAYMENT_ORIGIN = "https://checkout.stripe.com" if PAYMENTS_ADAPTER == declared.STRIPE else REHEARSAL_URL

# Numbers.
QUARANTINE_DAYS = ENVIRONMENT.quarantine_days
STOCK_COUNTS_SECONDS = 3.0
PRICE_LIST_SECONDS = 3.0
PROMISES_SECONDS = 3.0
CATALOGUE_SECONDS = 2.0
"""How old what a stranger is shown of the catalogue may be. What a buyer agrees to is always read anew."""

# The SIP switch.
_switch = places.in_memory(VAR_DIR / "switch")
SIP_RUN_DIR = places.for_sockets(_switch / "run", longest=90)
SIP_SPOOL_DIR = _switch / "spool"
SIP_NODE = ENVIRONMENT.sip_node
SIP_PORT = ENVIRONMENT.sip_port
SIP_ADDRESS = ENVIRONMENT.sip_address
SIP_ADVERTISED = ENVIRONMENT.sip_advertised or ""
SIP_TRUNKS = ENVIRONMENT.sip_trunks
SIP_OUTBOUND = ENVIRONMENT.sip_outbound
SIP_CALLS_AT_ONCE = ENVIRONMENT.sip_calls_at_once
SIP_NAME = ENVIRONMENT.sip_name or _host
SIP_TLS_PORT = ENVIRONMENT.tls_port
SIP_TLS_CERTIFICATE = ENVIRONMENT.sip_tls_certificate
SIP_TLS_KEY = ENVIRONMENT.sip_tls_key
SIP_TLS_TRUNK_NAMES = ENVIRONMENT.sip_tls_trunk_names
SIP_TLS_AUTHORITIES = ENVIRONMENT.sip_tls_authorities
SIP_TLS_OWN = VAR_DIR / "secrets" / "sip-tls"
"""Where the certificate of the switch is kept that the store has made for itself."""

# Trial calls of a demonstration: the phone that listens while one runs, and what is seen of it.
TRIAL_ADAPTER = "ringfence.adapters.sip_trial.stage.TrialStage"
TRIAL_PORT = ENVIRONMENT.trial_port
TRIAL_DIR = _switch / "trial"
SWITCH_INSTALL = parts.SWITCH_INSTALL

# Where numbers ring.
SIP_PRIVATE_DESTINATIONS = ENVIRONMENT.sip_private_destinations
FORWARD_COUNTRIES = ENVIRONMENT.forward_countries
FORWARD_COOLING_MINUTES = ENVIRONMENT.forward_cooling_minutes
FORWARDS_PER_MINUTE = ENVIRONMENT.forwards_per_minute
FORWARD_SECONDS_PER_DAY = ENVIRONMENT.forward_minutes_per_day * 60
NUMBER_CALLS_AT_ONCE = ENVIRONMENT.number_calls_at_once
ACCOUNT_CALLS_AT_ONCE = ENVIRONMENT.account_calls_at_once

# Text messages: each carrier's door is open when its secret is there; a rehearsal store has a carrier of its own.
MESSAGE_CARRIERS = {
    "twilio": "ringfence.adapters.carriers.twilio.from_settings",
    "telnyx": "ringfence.adapters.carriers.telnyx.from_settings",
    "carrier": "ringfence.adapters.carriers.plain.from_settings",
    "rehearsal": "ringfence.adapters.carriers.rehearsal.from_settings",
}
PACKAGE_ADAPTER = "ringfence.adapters.package_to_key.PackageToKey"
STRANGER_ADAPTER = "ringfence.adapters.stranger.Stranger"
OUTSIDE_TRIALS = {
    "sign-in": "ringfence.adapters.openid.provider.trial",
    "calls": "ringfence.adapters.switch.record.trial",
    "twilio": "ringfence.adapters.carriers.twilio.trial",
    "telnyx": "ringfence.adapters.carriers.telnyx.trial",
    "carrier": "ringfence.adapters.carriers.plain.trial",
}
"""What shows, again and again, that each reader drops what nobody declared (clause 1.3)."""
WAYS_OUT = parts.ways_out(PAYMENTS_ADAPTER)
"""The modules that have an exit, whichever process uses them: the check of clause 2.5 tries each."""
FORWARDER_ADAPTER = "ringfence.adapters.message_forwarder.GuardedForwarder"
REHEARSAL_CARRIER = "ringfence.adapters.carriers.rehearsal.bring"
REHEARSAL_CARRIER_SECRET = (
    secrets.made_once(VAR_DIR / "secrets", "rehearsal-carrier") if ENVIRONMENT.demo else ""
)

# Mail: handed to RINGFENCE_SMTP_URL, or to the store's own mail port, which keeps it for the demo.
SMTP_URL = ENVIRONMENT.smtp_url or f"smtp://127.0.0.1:{ENVIRONMENT.mail_port}"
MAIL_FROM = ENVIRONMENT.mail_from

ALLOWED_HOSTS = [_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_ORIGIN]

INSTALLED_APPS = [
    "ringfence.privacy",
    "ringfence.privacy.keys",
    "ringfence.accounts",
    "ringfence.telephony",
    "ringfence.shop",
    "ringfence.support",
    "ringfence.interfaces",
    "ringfence.interfaces.storefront",
    "ringfence.interfaces.account",
    "ringfence.interfaces.console",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "csp",
]

_WHO_IS_LOOKING = (
    ["ringfence.interfaces.access.ViewerMiddleware"] if find_spec("ringfence.interfaces.access") else []
)
MIDDLEWARE = [
    "ringfence.interfaces.middleware.RequestId",
    "ringfence.interfaces.middleware.BehindProxy",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "ringfence.interfaces.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ringfence.interfaces.middleware.Maintenance",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "ringfence.interfaces.payment_firewall.PaymentFirewall",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    *_WHO_IS_LOOKING,
    "ringfence.interfaces.cookie_choice.CookieChoice",
    "ringfence.interfaces.page_views.PageViews",
    "ringfence.interfaces.terms_gate.TermsShown",
    "ringfence.interfaces.middleware.ViewerTimeZone",
    "ringfence.interfaces.middleware.Refusals",
]
ROOT_URLCONF = "ringfence.config.urls"
WSGI_APPLICATION = "ringfence.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "ringfence.interfaces.context.page",
                "ringfence.interfaces.cookie_choice.page",
            ],
        },
    },
]

# Languages. Each interface keeps its own words; the shared ones are in interfaces/locale.
LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", "Norsk"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [INTERFACES / "locale", PACKAGE / "adapters" / "mail" / "locale"]

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
# Cookies. The `__Host-` prefix (RFC 6265bis, 4.1.3.2) binds a cookie to this host and to HTTPS.
_prefix = "__Host-" if _secure else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
SESSION_COOKIE_SECURE = _secure
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
# The field of the token in forms keeps the framework's name: there is no setting for it, and a copy of the whole
# check under another name would be a risk to gain a secret that the published source does not keep (clause 2.7).
CSRF_COOKIE_NAME = f"{_prefix}csrf"
CSRF_COOKIE_SECURE = _secure
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = f"{_prefix}language"
LANGUAGE_COOKIE_SECURE = _secure
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
CHOICE_COOKIE_NAME = f"{_prefix}choice"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers.
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _secure
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = security.content_security_policy(form_targets=[PAYMENT_ORIGIN], https=_secure)
CSRF_FAILURE_VIEW = "ringfence.interfaces.errors.csrf_failure"
MAINTENANCE_FILE = VAR_DIR / "maintenance"

# Backups. Where no folder is named, they lie under `var`.
BACKUP_DIR = ENVIRONMENT.backup_dir
BACKUP_KEYS_DIR = ENVIRONMENT.backup_keys_dir
BACKUP_DAILY = ENVIRONMENT.backup_daily
BACKUP_DAYS = ENVIRONMENT.backup_days
DRILL_DAYS = ENVIRONMENT.drill_days
BACKUP_ADAPTER = "ringfence.config.backups.daily.Keeper"

# Static files.
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = [
    "ringfence.interfaces.uploads.PapersInMemory",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING_CONFIG = "ringfence.config.logs.configure"
LOGGING = {"level": ENVIRONMENT.log_level}
