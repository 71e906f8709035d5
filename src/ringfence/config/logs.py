"""Structured logs: one JSON object a line on standard output, with personal data masked.

Masking is the last line of defence; code does not log personal data in the first place. What looks like an
e-mail or SIP address, an IP address, a card number or a phone number is replaced in every text of a line,
the trace of an exception included, and a value under a telling name is hidden whole. Rather too much is
masked than too little.
"""

import ipaddress
import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from ringfence.privacy.payment_data import PaymentData, cleaned, holds_payment_data

HIDDEN = "[hidden]"
TELLING_NAMES = frozenset(
    [
        "address",
        "authorization",
        "body",
        "cookie",
        "email",
        "ip",
        "key",
        "name",
        "number",
        "password",
        "phone",
        "remote_addr",
        "secret",
        "sip_uri",
        "subject_name",
        "token",
        "url_query",
        "username",
    ]
)
PAYMENT_DATA = {
    PaymentData.CARD: "[card]",
    PaymentData.ACCOUNT: "[account]",
    PaymentData.IDENTITY: "[identity]",
}
PLAIN_NAMES = frozenset({"timestamp", "level", "logger", "job_id", "task", "part"})

_MASKS = (
    (re.compile(r"(?:sips?:|mailto:)?[^\s@<>\"'(),;:=\[\]]+@[^\s@<>\"'(),;:\[\]]+"), "[e-mail]"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"), "[ip]"),
    (re.compile(r"(?<=/)(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?=[/?\s\"']|$)"), "[link]"),
    (re.compile(r"(?<![A-Za-z0-9])(?:cus|num|ord|rfd|req)_[0-9A-Za-z]{20,}"), "[id]"),
)
_COLONS = re.compile(r"(?<![\w.])(?=\S*:\S*:)[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?!\w)")
_DIGITS = re.compile(r"(?<![\w.#-])(?:\+|00)?\(?\d(?:[ \-().\u00a0]{0,2}\d){6,18}(?!\w)(?!\.\d)")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2})?")
_FRACTION = re.compile(r"(?:0|[1-9]\d?)\.\d+")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")


def masked(text: str) -> str:
    """The text with everything in it that looks like personal data replaced by what it was.

    >>> masked("call from +44 20 7946 0101 refused")
    'call from [number] refused'
    """
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{chr(0xE000 + len(kept) - 1)}\x00"

    text = cleaned(_MOMENT.sub(keep, text.replace("\x00", "")), PAYMENT_DATA).text
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    text = _COLONS.sub(_ipv6, text)
    text = _DIGITS.sub(_digits, text)
    for place, moment in enumerate(kept):
        text = text.replace(f"\x00{chr(0xE000 + place)}\x00", moment)
    return text


def _ipv6(found: re.Match[str]) -> str:
    """An IPv6 address masked; a time of day with its colons as it is."""
    try:
        ipaddress.IPv6Address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def _digits(found: re.Match[str]) -> str:
    """What a run of digits becomes; dates and fractions stay."""
    if _DATE.fullmatch(found[0]) or _FRACTION.fullmatch(found[0]):
        return found[0]
    return "[number]"


def scrubbed(value: Any, name: str = "") -> Any:
    """A value fit for a log: texts masked, telling names hidden, numbers and switches as they are."""
    if name in TELLING_NAMES and value not in (None, ""):
        return HIDDEN
    if isinstance(value, bool | int | float) or value is None:
        return "[card]" if holds_payment_data(str(value)) else value
    if isinstance(value, Mapping):
        return {str(key): scrubbed(inner, str(key).lower()) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrubbed(inner) for inner in value]
    text = str(value)
    return cleaned(text, PAYMENT_DATA).text if name in PLAIN_NAMES else masked(text)


def scrub(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: mask every value of a line."""
    return {name: scrubbed(value, name.lower()) for name, value in event.items()}


def _render(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    return str(structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)(None, "", event))


def configure(options: dict[str, Any]) -> None:
    """Set up logging for this process; `options["level"]` is the least important level shown."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(allow=["status_code"]),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                scrub,
                _render,
            ],
        )
    )
    root = logging.getLogger()
    for old in [known for known in root.handlers if isinstance(known, logging.StreamHandler)]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(options["level"].upper())
    logging.captureWarnings(capture=True)
    for name in ("procrastinate", "asyncio", "httpx", "httpcore", "mail.log", "whitenoise"):
        logging.getLogger(name).setLevel("WARNING")
