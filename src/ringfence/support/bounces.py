"""Letters of ours that came back, and reports that one was not wanted (RFC 3464, RFC 5965).

Which letter it was is told by its own Message-ID alone, which only those know who were sent it; an address that a
report names is believed by nobody.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import Message
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings

from ringfence.accounts import actions as accounts
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.support.reading import UNREADABLE

OUR_ID: Final = re.compile(r"(let_[0-9a-z]{26})@([A-Za-z0-9.-]{1,253})", re.IGNORECASE)
_STATUS: Final = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_OWN_ID: Final = re.compile(r"^(?:original-)?message-id\s*:(.*(?:\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
REPORTS: Final = frozenset({"message/delivery-status", "message/feedback-report"})
MOST_PARTS: Final = 50
LARGEST_PART: Final = 200_000

log = structlog.get_logger(__name__)


class Report(StrEnum):
    """What a report says of a letter."""

    NO_SUCH_ADDRESS = "no-such-address"
    """It came back, and none will ever arrive there."""
    CAME_BACK = "came-back"
    """It came back: a full mailbox, a server that refuses us. Another one may arrive."""
    UNWANTED = "unwanted"
    """Its reader reported it."""
    NOTHING = "nothing"
    """It is late, or it arrived."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter of ours, and what a report says of it."""

    letter: UUID
    report: Report


def book(*, content: bytes, by: Actor, at: datetime) -> str:
    """Book what a report says; return what it was, or nothing when it is about no letter of ours. Runs in an action."""
    found = reported(content)
    if found is None:
        return ""
    if found.report is Report.UNWANTED:
        accounts.letter_unwanted(letter=found.letter, by=by, at=at)
    elif found.report is not Report.NOTHING:
        for_good = found.report is Report.NO_SUCH_ADDRESS
        accounts.letter_returned(letter=found.letter, for_good=for_good, by=by, at=at)
    return str(found.report)


def reported(content: bytes) -> Found | None:
    """Return which letter of ours a report is about, and what it says of it; None when that cannot be told."""
    try:
        parts = list(_parts(message_from_bytes(content, policy=policy.compat32)))
        letter = next((found for kind, text in parts for found in _letters(kind, text)), None)
        return None if letter is None else Found(letter, _says(parts))
    except UNREADABLE as trouble:
        log.warning("report.not_understood", trouble=type(trouble).__name__)
        return None


def _parts(message: "Message[Any, Any]") -> Iterator[tuple[str, str]]:
    """Yield type and text of each part below the report; of a letter that came back, its headers."""
    for count, part in enumerate(message.walk()):
        if count > MOST_PARTS:
            return
        kind = part.get_content_type()
        if kind in REPORTS:
            yield kind, _text_below(part)
        elif kind == "message/rfc822" and part.is_multipart():
            yield kind, "".join(_headers(inner) for inner in _below(part)[:1])
        elif not part.is_multipart():
            raw = part.get_payload(decode=True)
            yield kind, (raw if isinstance(raw, bytes) else b"")[:LARGEST_PART].decode("utf-8", "replace")


def _below(part: "Message[Any, Any]") -> "list[Message[Any, Any]]":
    found = part.get_payload()
    return [one for one in found if isinstance(one, Message)] if isinstance(found, list) else []


def _headers(message: "Message[Any, Any]") -> str:
    return "".join(f"{name}: {value}\n" for name, value in message.items())


def _text_below(part: "Message[Any, Any]") -> str:
    """Return the fields of a report's own part, group by group, as they were written."""
    groups = _below(part)
    if not groups:
        return str(part.get_payload() or "")
    return "\n".join(_headers(group) + str(group.get_payload() or "") for group in groups)


def _letters(kind: str, text: str) -> Iterator[UUID]:
    """Yield letters of ours that a part names as its own id: in what came back, never in what somebody wrote."""
    if kind not in {"message/rfc822", "text/rfc822-headers", "message/feedback-report"}:
        return
    host = str(settings.MAIL_FROM).rpartition("@")[2].lower()
    for header in _OWN_ID.finditer(text.replace("\r\n", "\n")):
        for said in OUR_ID.finditer(header.group(1)):
            if said.group(2).lower() == host:
                try:
                    yield parse(said.group(1), "let")
                except NotAPublicId:
                    continue


def _says(parts: list[tuple[str, str]]) -> Report:
    if any(kind == "message/feedback-report" for kind, _text in parts):
        text = "".join(text for kind, text in parts if kind == "message/feedback-report").lower()
        return (
            Report.UNWANTED if re.search(r"^feedback-type:\s*abuse", text, re.MULTILINE) else Report.NOTHING
        )
    text = "".join(text for kind, text in parts if kind == "message/delivery-status")
    if not re.search(r"^action:\s*failed", text, re.IGNORECASE | re.MULTILINE):
        return Report.NOTHING
    found = _STATUS.search("".join(re.findall(r"^status:.*$", text, re.IGNORECASE | re.MULTILINE)))
    return Report.NO_SUCH_ADDRESS if found and _is_for_good(*found.groups()) else Report.CAME_BACK


def _is_for_good(level: str, subject: str, detail: str) -> bool:
    """Tell whether a status says that the address takes no letters at all (RFC 3463): a bad address or mailbox."""
    if level != "5":
        return False
    return subject == "1" or (subject, detail) in {("0", "0"), ("2", "1"), ("4", "4")}
