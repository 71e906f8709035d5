"""Tags and filters of letters: addresses of pages, moments, amounts, phone numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from babel import Locale, dates, numbers
from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from ringfence.kernel.money import Money, exponent
from ringfence.privacy.promises import promise

register = template.Library()
LOCALES = {"nb": "nb_NO", "en": "en_GB"}


def _locale(context: Mapping[str, Any] | Context) -> str:
    return LOCALES.get(str(context["language"]), "en_GB")


def _zone(context: Mapping[str, Any] | Context) -> ZoneInfo:
    try:
        return ZoneInfo(str(context["time_zone"] or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@register.simple_tag(takes_context=True)
def moment(context: Context, value: object) -> str:
    """Write a moment with its day, year and zone, in the reader's time zone."""
    pattern = "d. MMMM y 'kl.' HH:mm zzz" if context["language"] == "nb" else "d MMMM y 'at' HH:mm zzz"
    return str(dates.format_datetime(_moment(value), pattern, tzinfo=_zone(context), locale=_locale(context)))


@register.simple_tag(takes_context=True)
def day(context: Context, value: object) -> str:
    """Write the day of a moment, in the reader's time zone."""
    local = _moment(value).astimezone(_zone(context)).date()
    return str(dates.format_date(local, "long", locale=_locale(context)))


@register.simple_tag(takes_context=True)
def money(context: Context, value: object) -> str:
    """Write an amount such as "59.00 NOK" as people read it."""
    amount = value if isinstance(value, Money) else Money.parse(str(value))
    whole = amount.decimal == amount.decimal.to_integral_value()
    pattern = "#,##0" if whole else f"#,##0.{'0' * exponent(amount.currency)}"
    text = numbers.format_decimal(amount.decimal, format=pattern, locale=_locale(context))
    symbol = {"NOK": "kr", "EUR": "€", "GBP": "£", "USD": "$"}.get(amount.currency, amount.currency)
    if context["language"] == "nb":
        return f"{text} {symbol}"
    return f"{symbol}{text}" if symbol in {"€", "£", "$"} else f"{symbol} {text}"


@register.filter
def e164(value: object) -> str:
    """Write a phone number in the groups of its country."""
    try:
        number = phonenumbers.parse(str(value), None)
    except phonenumbers.NumberParseException:
        return str(value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@register.simple_tag(takes_context=True)
def country(context: Context, code: str) -> str:
    """Write the name of a country."""
    return str(Locale.parse(_locale(context)).territories.get(code, code))


@register.simple_tag
def missed_calls(callers: list[str], numbers: list[str], moments: list[str]) -> list[dict[str, str]]:
    """Return the calls of a letter, which knows them column by column."""
    columns = zip(callers, numbers, moments, strict=True)
    return [{"caller": caller, "number": number, "moment": at} for caller, number, at in columns]


@register.simple_tag
def asked_rows(
    whats: list[str], tokens: list[str], received: list[str], due: list[str]
) -> list[dict[str, str]]:
    """Return the requests of a letter that asks about several, which it knows column by column."""
    columns = zip(whats, tokens, received, due, strict=True)
    return [
        {"what": what, "token": token, "received_at": at, "due_at": end} for what, token, at, end in columns
    ]


@register.simple_tag
def kept_rows(titles: list[str], why: list[str], until: list[str]) -> list[dict[str, str]]:
    """Return what stays after a deletion; a letter knows it column by column, and one without it has nothing."""
    columns = zip(titles or [], why or [], until or [], strict=True)
    return [{"title": title, "why": reason, "until": end} for title, reason, end in columns]


@register.simple_tag
def checked_sentences(clauses: list[str]) -> list[dict[str, str]]:
    """Return clauses with the sentence that says what is checked of each, in the language of the letter."""
    found = [(clause, promise(clause)) for clause in clauses]
    return [{"clause": clause, "sentence": gettext(one.sentence) if one else ""} for clause, one in found]


@register.simple_tag
def link(name: str, *args: object, **kwargs: object) -> str:
    """Return the absolute address of a named page, in the language of the letter."""
    return f"{settings.PUBLIC_ORIGIN}{reverse(name, args=args or None, kwargs=kwargs or None)}"


@register.simple_tag
def button(url: str, text: str) -> SafeString:
    """Draw the one thing to do, as a button, with its address below for those who see no buttons."""
    return format_html(
        '<p style="margin:24px 0 8px"><a href="{}" style="display:inline-block;background:#0b6b50;color:#ffffff;'
        'text-decoration:none;font-weight:600;padding:12px 20px;border-radius:8px">{}</a></p>'
        '<p class="foot" style="margin:0 0 20px;font-size:13px;color:#5a6570;overflow-wrap:anywhere">{}</p>',
        url,
        text,
        url,
    )
