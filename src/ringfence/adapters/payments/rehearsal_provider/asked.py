"""What an API call asks for, read: each value of its kind and within its bounds."""

import json
import re
from typing import Any, Final
from urllib.parse import urlsplit

from ringfence.kernel.money import EXPONENTS

from .books import Problem
from .web import Request

LARGEST_AMOUNT: Final = 99_999_999
LONGEST: Final = {
    "order_id": 100,
    "subscription_id": 100,
    "mandate": 100,
    "description": 200,
    "success_url": 2000,
    "cancel_url": 2000,
}
_LANGUAGES: Final = ("nb", "en")


def object_of(request: Request) -> dict[str, Any]:
    """The JSON object of a body. Raises ``Problem`` 422, as all here do."""
    try:
        value = json.loads(request.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Problem(422, "bad_json", "The body is a JSON object.")
    return value


def idempotency_key(request: Request) -> str:
    """The key of a call that changes something."""
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Problem(422, "bad_key", "Idempotency-Key is 1 to 200 printable characters.")
    return key


def money_of(asked: dict[str, Any]) -> dict[str, Any]:
    """Amount and currency of a call."""
    amount = asked.get("amount")
    if type(amount) is not int or not 0 < amount <= LARGEST_AMOUNT:
        raise Problem(
            422, "bad_amount", f"amount is a whole number of minor units from 1 to {LARGEST_AMOUNT}."
        )
    return {"amount": amount, "currency": currency_of(asked)}


def currency_of(asked: dict[str, Any]) -> str:
    """The currency of a call."""
    currency = asked.get("currency")
    if currency not in EXPONENTS:
        raise Problem(422, "bad_currency", "currency is a code of ISO 4217.")
    return str(currency)


def texts_of(asked: dict[str, Any], *names: str) -> dict[str, str]:
    """The texts of a call: not empty, not too long, ids shaped as ids, addresses as addresses of the web."""
    for name in names:
        longest = LONGEST[name]
        if not isinstance(asked.get(name), str) or not 0 < len(asked[name]) <= longest:
            raise Problem(422, f"bad_{name}", f"{name} is a text of 1 to {longest} characters.")
        if name.endswith("_id") and not re.fullmatch(r"[A-Za-z0-9_-]+", asked[name]):
            raise Problem(422, f"bad_{name}", f"{name} is letters, digits, hyphens and underscores.")
        if name.endswith("_url"):
            _refuse_other_than_web(name, asked[name])
    return {name: asked[name] for name in names}


def language_of(asked: dict[str, Any]) -> str:
    """The language of a call."""
    if asked.get("language") not in _LANGUAGES:
        raise Problem(422, "bad_language", "language is nb or en.")
    return str(asked["language"])


def _refuse_other_than_web(name: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and re.fullmatch(r"[a-z0-9.:\[\]-]+", parts.netloc.lower())
    except ValueError:
        fine = None
    if not fine or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise Problem(422, f"bad_{name}", f"{name} is a web address.")
