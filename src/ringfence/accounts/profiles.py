"""Checks of the details a person gives: phone number, country, time zone, language."""

from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers

from ringfence.accounts.rules import LANGUAGES
from ringfence.kernel.refusal import Refusal, gettext_noop

COUNTRIES = frozenset(region for region in phonenumbers.SUPPORTED_REGIONS if len(region) == 2)  # noqa: PLR2004
"""ISO 3166-1 alpha-2 codes of the countries with a numbering plan."""


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Return the names of the IANA database that lie in a region, and UTC."""
    kept = (
        "Africa/",
        "America/",
        "Antarctica/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Europe/",
        "Indian/",
        "Pacific/",
    )
    return frozenset(name for name in available_timezones() if name.startswith(kept)) | {"UTC"}


def country(code: str | None) -> str | None:
    """Return a country code, checked. Raises Refusal."""
    if code and code not in COUNTRIES:
        raise Refusal("country-unknown", gettext_noop("Choose a country from the list."))
    return code


def time_zone(name: str | None) -> str | None:
    """Return the name of a time zone, checked. Raises Refusal."""
    if name and name not in time_zones():
        raise Refusal("time-zone-unknown", gettext_noop("Choose a time zone from the list."))
    return name


def language(code: str | None) -> str | None:
    """Return a language code, checked. Raises Refusal."""
    if code is not None and code not in LANGUAGES:
        raise Refusal("language-unknown", gettext_noop("Choose a language from the list."))
    return code


def phone(text: str | None, region: str | None) -> str | None:
    """Return a phone number in E.164 form; without a country code it is one of `region`. Raises Refusal."""
    if not text:
        return text
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        raise Refusal(
            "phone-malformed",
            gettext_noop("Write the phone number with its country code, such as +44 20 7946 0100."),
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
