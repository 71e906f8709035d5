"""The table of settings: each one's name, how it is read, its default, and one line for the manual."""

from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any

from ringfence.config import parsing
from ringfence.config.declared_backups import BackupSettings
from ringfence.config.declared_mail import MailInSettings, MailSettings
from ringfence.config.declared_messages import MessageSettings
from ringfence.config.declared_requests import RequestSettings
from ringfence.config.declared_sip import SipSettings
from ringfence.config.declared_watch import WatchSettings
from ringfence.config.declaring import declare as _declare
from ringfence.config.route_settings import RouteSettings

REHEARSAL = "ringfence.adapters.payments.rehearsal.RehearsalPayments"
STRIPE = "ringfence.adapters.payments.stripe_checkout.StripeCheckout"


@dataclass(frozen=True, kw_only=True)
class Environment(
    SipSettings,
    RouteSettings,
    MailInSettings,
    MailSettings,
    MessageSettings,
    RequestSettings,
    BackupSettings,
    WatchSettings,
):
    """The settings of one process, already read and checked."""

    var_dir: Path = _declare(
        "RINGFENCE_VAR_DIR",
        parsing.directory,
        Path("var"),
        "Folder for everything the store writes: embedded database, secrets, logs, files.",
    )
    database_url: str | None = _declare(
        "DATABASE_URL",
        parsing.postgresql_url,
        None,
        "The data database, as postgresql://role:password@host:port/name.",
        secret=True,
        shown="embedded",
    )
    keys_database_url: str | None = _declare(
        "KEYS_DATABASE_URL",
        parsing.postgresql_url,
        None,
        "The keys database, which must not be the data database; set together with DATABASE_URL.",
        secret=True,
        shown="embedded",
    )
    database_owner_url: str | None = _declare(
        "DATABASE_OWNER_URL",
        parsing.postgresql_url,
        None,
        "The data database with the role that owns its tables, used by migrations only.",
        secret=True,
        shown="DATABASE_URL",
    )
    web_address: str = _declare(
        "RINGFENCE_WEB_ADDRESS", parsing.ip_address, "127.0.0.1", "Address the parts listen on."
    )
    web_port: int = _declare("RINGFENCE_WEB_PORT", parsing.port, 8000, "TCP port of the store's pages.")
    rehearsal_port: int = _declare(
        "RINGFENCE_REHEARSAL_PORT", parsing.port, 8001, "TCP port of the rehearsal payment provider."
    )
    trial_port: int = _declare(
        "RINGFENCE_TRIAL_PORT",
        parsing.port,
        15066,
        "UDP port on which a demonstration's phone listens while a trial call runs.",
    )
    web_workers: int = _declare(
        "RINGFENCE_WEB_WORKERS", parsing.count(1, 64), 1, "Processes that answer pages."
    )
    web_threads: int = _declare(
        "RINGFENCE_WEB_THREADS", parsing.count(1, 64), 4, "Threads of each process that answers pages."
    )
    public_origin: str | None = _declare(
        "RINGFENCE_PUBLIC_ORIGIN",
        parsing.origin,
        None,
        "Scheme and host customers reach the store at, for example https://numbers.example.com.",
        shown="http://localhost and the web port",
    )
    trusted_proxies: tuple[str, ...] = _declare(
        "RINGFENCE_TRUSTED_PROXIES",
        parsing.list_of(parsing.ip_address),
        (),
        "Addresses of reverse proxies whose X-Forwarded-… is believed, separated by commas.",
    )
    company_name: str = _declare(
        "RINGFENCE_COMPANY_NAME",
        parsing.text,
        "Example Numbers",
        "The company's name, as pages and mail show it.",
    )
    company_number: str | None = _declare(
        "RINGFENCE_COMPANY_NUMBER",
        parsing.text,
        None,
        "The company's organisation number, as invoices show it.",
        shown="left out, and the console says so",
    )
    company_vat_number: str | None = _declare(
        "RINGFENCE_COMPANY_VAT_NUMBER",
        parsing.text,
        None,
        "The company's VAT number; in Norway it is the organisation number with MVA, and need not be said.",
    )
    company_address: str | None = _declare(
        "RINGFENCE_COMPANY_ADDRESS", parsing.text, None, "The company's postal address, on one line."
    )
    company_in_register: bool = _declare(
        "RINGFENCE_COMPANY_IN_REGISTER",
        parsing.yes_or_no,
        False,
        "Whether invoices say Foretaksregisteret, as a limited company in Norway must.",
    )
    contact_phone: str = _declare(
        "RINGFENCE_CONTACT_PHONE", parsing.text, "+44 20 7946 0100", "Phone number in Contacts."
    )
    contact_email: str = _declare(
        "RINGFENCE_CONTACT_EMAIL", parsing.email, "privacy@example.com", "E-mail address in Contacts."
    )
    mail_from: str = _declare(
        "RINGFENCE_MAIL_FROM", parsing.email, "store@example.com", "Sender address of the store's mail."
    )
    smtp_url: str | None = _declare(
        "RINGFENCE_SMTP_URL",
        parsing.smtp_url,
        None,
        "Where mail is handed over, as smtp://, smtp+starttls:// or smtps://user:password@host:port.",
        secret=True,
        shown="the store's own mail port",
    )
    time_zone: str = _declare(
        "RINGFENCE_TIME_ZONE",
        parsing.time_zone,
        "Europe/Oslo",
        "Time zone of the pages for somebody whose own is not known, by its IANA name.",
    )
    quarantine_days: int = _declare(
        "RINGFENCE_QUARANTINE_DAYS",
        parsing.count(1, 3650),
        90,
        "Days a number rests between two customers.",
    )
    security_contact: str | None = _declare(
        "RINGFENCE_SECURITY_CONTACT",
        parsing.text,
        None,
        "Whom to tell about a weakness, in security.txt.",
        shown="RINGFENCE_CONTACT_EMAIL",
    )
    group_companies: tuple[str, ...] = _declare(
        "RINGFENCE_GROUP_COMPANIES",
        parsing.list_of(parsing.text),
        (),
        "Companies of the same group that may receive personal data, separated by commas.",
    )
    supervisory_authority: str = _declare(
        "RINGFENCE_SUPERVISORY_AUTHORITY",
        parsing.text,
        "Datatilsynet",
        "The authority customers can complain to.",
    )
    seller_country: str = _declare(
        "RINGFENCE_SELLER_COUNTRY",
        parsing.seller_country,
        "NO",
        "Country the company is registered in: Norway, or one that uses the euro; it decides the VAT.",
    )
    yearly_discount: int = _declare(
        "RINGFENCE_YEARLY_DISCOUNT",
        parsing.count(0, 90),
        10,
        "What a year paid at once is cheaper than twelve months, in per cent.",
    )
    secret_key: str | None = _declare(
        "RINGFENCE_SECRET_KEY",
        parsing.long_text(32),
        None,
        "Signs cookies and links, at least 32 characters; replacing it signs everybody out.",
        secret=True,
        shown="made once, in var/secrets",
    )
    oidc_issuer: str | None = _declare(
        "RINGFENCE_OIDC_ISSUER",
        parsing.origin_with_path,
        None,
        "OpenID Connect provider for signing in, by URL.",
    )
    oidc_client_id: str | None = _declare(
        "RINGFENCE_OIDC_CLIENT_ID", parsing.text, None, "The store's client id at that provider."
    )
    oidc_client_secret: str | None = _declare(
        "RINGFENCE_OIDC_CLIENT_SECRET",
        parsing.text,
        None,
        "The store's secret at that provider.",
        secret=True,
    )
    oidc_name: str = _declare(
        "RINGFENCE_OIDC_NAME", parsing.text, "OpenID Connect", "Name of that provider on the sign-in button."
    )
    analytics_id: str | None = _declare(
        "RINGFENCE_ANALYTICS_ID",
        parsing.analytics_id,
        None,
        "Measurement id of Google Analytics; visitors are asked, and without one there is nothing to ask.",
        shown="none: nobody is counted and nobody is asked",
    )
    demo: bool = _declare(
        "RINGFENCE_DEMO",
        parsing.yes_or_no,
        None,
        "Whether a first run fills the store with demo data.",
        shown="yes with the embedded database and no public origin, otherwise no",
    )
    debug: bool = _declare(
        "RINGFENCE_DEBUG",
        parsing.yes_or_no,
        False,
        "Developer's pages with error details; never in production.",
    )
    log_level: str = _declare(
        "RINGFENCE_LOG_LEVEL",
        parsing.one_of("debug", "info", "warning", "error"),
        "info",
        "Least important line that is logged: debug, info, warning or error.",
    )
    keystore: str = _declare(
        "RINGFENCE_KEYSTORE",
        parsing.dotted_path,
        "ringfence.adapters.keystore.files.from_settings",
        "Adapter that wraps the keys, by dotted path.",
    )
    payments: str = _declare(
        "RINGFENCE_PAYMENTS",
        parsing.dotted_path,
        REHEARSAL,
        "Adapter of the payment provider, by dotted path.",
    )
    stripe_secret_key: str | None = _declare(
        "RINGFENCE_STRIPE_SECRET_KEY",
        parsing.stripe_secret_key,
        None,
        "Secret or restricted key of Stripe's API; with RINGFENCE_PAYMENTS naming Stripe only.",
        secret=True,
    )
    stripe_webhook_secret: str | None = _declare(
        "RINGFENCE_STRIPE_WEBHOOK_SECRET",
        parsing.stripe_webhook_secret,
        None,
        "Signing secret of the webhook endpoint at Stripe.",
        secret=True,
    )
    switch: str = _declare(
        "RINGFENCE_SWITCH",
        parsing.dotted_path,
        "ringfence.adapters.switch.kamailio.KamailioSwitch",
        "Adapter of the SIP switch, by dotted path.",
    )
    mail: str = _declare(
        "RINGFENCE_MAIL",
        parsing.dotted_path,
        "ringfence.adapters.mail.smtp.SmtpMail",
        "Adapter that sends mail, by dotted path.",
    )

    @property
    def embedded(self) -> bool:
        """Whether the store runs its own database server."""
        return self.database_url is None

    @property
    def local(self) -> bool:
        """Whether the store's own address leads nowhere but to this machine."""
        return self.public_origin is None or parsing.is_local(self.public_origin)

    @property
    def origin(self) -> str:
        """Scheme, host and port customers reach the store at, without a slash at the end."""
        return self.public_origin or f"http://localhost:{self.web_port}"


def rows() -> tuple[Field[Any], ...]:
    """The table of settings, in its order; those of backups and of calls come last."""
    of_calls = SipSettings.__dataclass_fields__ | RouteSettings.__dataclass_fields__
    last = [BackupSettings.__dataclass_fields__, of_calls]
    known = fields(Environment)
    return (
        *(row for row in known if not any(row.name in part for part in last)),
        *(row for part in last for row in known if row.name in part),
    )
