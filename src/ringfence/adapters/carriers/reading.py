"""What carriers' adapters share: reading forms and JSON, and nothing of them but what is asked for."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from ringfence.telephony.message_ports import Brought, UnreadableError

MOST_FIELDS: Final = 200
MILLISECONDS_FROM: Final = 100_000_000_000
"""Unix time that can only be in milliseconds: in seconds it would be the year 5138."""


def example(fields: Mapping[str, Any], kind: str = "application/x-www-form-urlencoded") -> Brought:
    """Return an example of what a carrier brings, as a form or as JSON, for a trial of its reader (clause 1.3)."""
    body = json.dumps(fields) if kind == "application/json" else urlencode(fields)
    return Brought("https://numbers.example.com/", "192.0.2.1", {"Content-Type": kind}, body.encode())


def dropped(word: str) -> dict[str, str]:
    """Return parts that carriers send and nobody here declared, each saying a word."""
    names = ("FromCity", "FromZip", "CallerName", "MediaUrl0", "cost", "carrier", "tags", "name", "user_id")
    return dict.fromkeys(names, word)


def is_json(headers: Mapping[str, str]) -> bool:
    """Tell whether a body is said to be JSON."""
    return headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/json"


def form(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a form in their order, with every space in them. Raises UnreadableError."""
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise UnreadableError("not a form") from None


def json_object(body: bytes) -> Mapping[str, Any]:
    """Return a JSON object. Raises UnreadableError."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableError("not JSON") from None
    if not isinstance(found, dict):
        raise UnreadableError("not a JSON object")
    return found


def at_path(found: Any, path: str) -> str:
    """Return the text at a dotted path, a number in digits; empty when there is none."""
    for step in path.split("."):
        if isinstance(found, list):
            found = found[int(step)] if step.isdecimal() and int(step) < len(found) else None
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def moment(text: str) -> datetime | None:
    """Return a moment written as ISO 8601 or in Unix seconds or milliseconds; one without a zone is in UTC."""
    if not text:
        return None
    try:
        if text.replace(".", "", 1).isdecimal():
            seconds = float(text)
            return datetime.fromtimestamp(seconds / (1000 if seconds > MILLISECONDS_FROM else 1), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        raise UnreadableError("not a moment") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def whole_number(text: str, default: int, least: int, most: int) -> int:
    """Return a whole number within bounds. Raises UnreadableError."""
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise UnreadableError("not a number within bounds")
    return int(text)
