"""How the text of a setting becomes a value: each function raises `ValueError` with the end of a sentence.

The caller's sentence is "The setting NAME is 'value', but …", so a message here reads "a port is a whole
number from 1 to 65535".
"""

import ipaddress
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ringfence.shop.vat_rules import HOME_CURRENCY
from ringfence.telephony.sip_addresses import is_destination

_HIGHEST_PORT = 65535
_LONGEST_NAME = 253
_YES = {"1", "yes", "true", "on"}
_NO = {"0", "no", "false", "off"}


def text(given: str) -> str:
    """Any text on one line."""
    if not given.isprintable():
        raise ValueError("a text on one line is expected")
    return given


def long_text(least: int) -> Callable[[str], str]:
    """A text of at least `least` characters."""

    def read(given: str) -> str:
        if len(given) < least:
            raise ValueError(f"at least {least} characters are expected")
        return text(given)

    return read


def count(least: int, most: int) -> Callable[[str], int]:
    """A whole number from `least` to `most`."""

    def read(given: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", given) or not least <= int(given) <= most:
            raise ValueError(f"a whole number from {least} to {most} is expected")
        return int(given)

    return read


def port(given: str) -> int:
    """A TCP or UDP port."""
    if not re.fullmatch(r"[0-9]{1,5}", given) or not 1 <= int(given) <= _HIGHEST_PORT:
        raise ValueError("a port is a whole number from 1 to 65535")
    return int(given)


def yes_or_no(given: str) -> bool:
    """A switch."""
    if given.lower() not in _YES | _NO:
        raise ValueError("yes or no is expected")
    return given.lower() in _YES


def one_of(*choices: str) -> Callable[[str], str]:
    """One of a few words."""

    def read(given: str) -> str:
        if given.lower() not in choices:
            raise ValueError(f"one of {', '.join(choices)} is expected")
        return given.lower()

    return read


def seller_country(given: str) -> str:
    """A country in which a seller can be, by its code."""
    if given.upper() not in HOME_CURRENCY:
        raise ValueError(f"one of {', '.join(sorted(HOME_CURRENCY))} is expected")
    return given.upper()


def list_of(read_one: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Values separated by commas."""

    def read(given: str) -> tuple[str, ...]:
        return tuple(read_one(part.strip()) for part in given.split(",") if part.strip())

    return read


def directory(given: str) -> Path:
    """A folder, which need not exist yet; the result is absolute."""
    path = Path(given).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ValueError("this is not a folder")
    return path


def file(given: str) -> Path:
    """A file, which is looked for when it is needed; the result is absolute."""
    path = Path(given).expanduser().absolute()
    if path.is_dir():
        raise ValueError("a file is expected, and this is a folder")
    return path


def label(given: str) -> str:
    """One or more labels of a host name, such as store or 2026.store."""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", given.lower()):
        raise ValueError("letters, digits and hyphens are expected")
    return given.lower()


def host_name(given: str) -> str:
    """The name of a machine, as in sip.example.com."""
    label = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    if len(given) > _LONGEST_NAME or not re.fullmatch(rf"{label}(?:\.{label})*", given):
        raise ValueError("a host name such as sip.example.com is expected")
    return given.lower()


def clamd(given: str) -> str:
    """Where clamd listens: host:port, or the path of its socket."""
    if given.startswith("/"):
        return given
    host, colon, number = given.rpartition(":")
    if not colon:
        raise ValueError("host:port or the path of a socket is expected")
    port(number)
    return f"{host_name(host)}:{number}"


def node_name(given: str) -> str:
    """The name of a node, which stands in tables, in the node's configuration and in its call records."""
    if not re.fullmatch(r"[A-Za-z0-9.-]{1,40}", given):
        raise ValueError("at most 40 letters, digits, dots and hyphens are expected")
    return given


def email(given: str) -> str:
    """An e-mail address."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", given):
        raise ValueError("an e-mail address is expected")
    return given


def ip_address(given: str) -> str:
    """An IPv4 or IPv6 address."""
    try:
        return str(ipaddress.ip_address(given))
    except ValueError:
        raise ValueError("an IP address is expected") from None


def ip_network(given: str) -> str:
    """An IPv4 or IPv6 network, as 192.0.2.0/24; a single address is a network of one."""
    try:
        return str(ipaddress.ip_network(given))
    except ValueError:
        raise ValueError("networks such as 192.0.2.0/24 are expected") from None


def sip_carrier(given: str) -> str:
    """The SIP address of a carrier: a host, perhaps with a port and a transport, and no user."""
    if not is_destination(given) or "@" in given:
        raise ValueError("a SIP address such as sip:192.0.2.1:5060;transport=tcp is expected")
    return given


def country(given: str) -> str:
    """A country by its two letters, as NO."""
    import phonenumbers  # it takes a while, and only for a setting that somebody gave

    if given.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("a country with phone numbers is expected, by its two letters, such as NO")
    return given.upper()


def time_zone(given: str) -> str:
    """A time zone by its IANA name."""
    try:
        return str(ZoneInfo(given))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a time zone such as Europe/Oslo is expected") from None


def dotted_path(given: str) -> str:
    """The dotted path of a class, as package.module.Class."""
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+", given):
        raise ValueError("a dotted path such as package.module.Class is expected")
    return given


def stripe_secret_key(given: str) -> str:
    """A secret or restricted key of Stripe's API."""
    if given.startswith("pk_"):
        raise ValueError("a secret key is expected (sk_… or rk_…), and a publishable key is none")
    if not re.fullmatch(r"(?:sk|rk)_(?:test|live)_[A-Za-z0-9]{16,240}", given):
        raise ValueError("a secret key such as sk_live_… or a restricted key such as rk_live_… is expected")
    return given


def stripe_webhook_secret(given: str) -> str:
    """The signing secret of one webhook endpoint at Stripe."""
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/=]{16,240}", given):
        raise ValueError("a signing secret such as whsec_… is expected")
    return given


def analytics_id(given: str) -> str:
    """A measurement id of Google Analytics."""
    if not re.fullmatch(r"G-[A-Z0-9]{4,20}", given.upper()):
        raise ValueError("a measurement id such as G-ABC1234567 is expected")
    return given.upper()


def origin(given: str) -> str:
    """Scheme and host, perhaps with a port, and nothing after it."""
    if not re.fullmatch(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?/?", given):
        raise ValueError("scheme and host are expected, such as https://numbers.example.com")
    return given.rstrip("/").lower()


def is_local(web_address: str) -> bool:
    """Whether a web address leads to the machine one is at."""
    host = urlsplit(web_address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_with_path(given: str) -> str:
    """A web address of a provider."""
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise ValueError("a web address such as https://login.example.com/realm is expected")
    return given.rstrip("/")


def smtp_url(given: str) -> str:
    """Where mail is handed over."""
    parts = urlsplit(given)
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise ValueError("smtp://, smtp+starttls:// or smtps:// with a host is expected")
    return given


def postgresql_url(given: str) -> str:
    """A PostgreSQL address; only PostgreSQL is supported."""
    parts = urlsplit(given)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ValueError("postgresql://role:password@host:port/name is expected")
    return given


def django_database(url: str) -> dict[str, Any]:
    """The entry of Django's DATABASES for a PostgreSQL address; a socket folder may stand in `?host=`."""
    parts = urlsplit(url)
    options = dict(pair.partition("=")[::2] for pair in parts.query.split("&") if pair)
    host = unquote(options.pop("host", "")) or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {name: unquote(value) for name, value in options.items()},
    }


def same_database(first: str, second: str) -> bool:
    """Whether two PostgreSQL addresses name the same database on the same server."""
    one, other = django_database(first), django_database(second)
    return all(one[part] == other[part] for part in ("NAME", "HOST", "PORT"))
