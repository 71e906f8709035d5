"""A letter that came in, as text: subject and body, without the links that open something."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import structlog

from ringfence.support.rules import LetterKind

LONGEST_TEXT: Final = 20_000
"""Characters."""

log = structlog.get_logger(__name__)

_BY_PROGRAMS: Final = frozenset({"auto_reply", "bulk", "junk", "list"})
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,250}>")
MOST_ANSWERED: Final = 20
UNREADABLE: Final = (LookupError, ValueError, AttributeError, TypeError, AssertionError)
"""What the standard library raises of a letter that it cannot read."""

_LINK: Final = re.compile(r"(?<=/)(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")


def parts(content: bytes) -> tuple[str, str]:
    """Return subject and text of a letter; what cannot be decoded is shown as far as it can be."""
    message = message_from_bytes(content, policy=policy.default)
    return str(message.get("Subject", "")), _text(message)[:LONGEST_TEXT]


def as_text(content: bytes) -> str:
    """Return a letter as its sender may read it again: quoted links of ours are taken out, attachments named."""
    subject, text = parts(content)
    message = message_from_bytes(content, policy=policy.default)
    attached = [str(part.get_filename() or part.get_content_type()) for part in message.iter_attachments()]
    names = "".join(f"\n[{name}]" for name in attached)
    return _LINK.sub("\N{HORIZONTAL ELLIPSIS}", f"{subject}\n\n{text}{names}".strip())


@dataclass(frozen=True, slots=True)
class MessageIds:
    """The id of a letter, and those of the letters it answers (RFC 5322, section 3.6.4); empty where it has none."""

    own: str
    answered: tuple[str, ...]


def message_ids(content: bytes) -> MessageIds:
    """Return the message ids a letter states."""
    headers = _headers(content)
    answered = _MESSAGE_ID.findall(f"{headers.get('references', '')} {headers.get('in-reply-to', '')}")
    return MessageIds(
        next(iter(_MESSAGE_ID.findall(headers.get("message-id", ""))), ""),
        tuple(dict.fromkeys(answered))[-MOST_ANSWERED:],
    )


def kind_of(content: bytes, sender: str) -> LetterKind:
    """Return who wrote a letter: a person, a program (RFC 3834), or a mail server that reports (RFC 3464, 5965)."""
    headers = _headers(content)
    shape = headers.get("content-type", "")
    if "multipart/report" in shape and ("delivery-status" in shape or "feedback-report" in shape):
        return LetterKind.BOUNCE
    is_automatic = (
        not sender
        or headers.get("auto-submitted", "no") != "no"
        or headers.get("precedence", "") in _BY_PROGRAMS
        or not headers.keys().isdisjoint({"list-id", "x-autoreply", "x-auto-response-suppress"})
    )
    return LetterKind.PROGRAM if is_automatic else LetterKind.PERSON


def said_in(content: bytes) -> str:
    """Return what a letter says; nothing of one that cannot be read."""
    try:
        return as_text(content)
    except UNREADABLE as trouble:
        log.warning("letter.not_understood", trouble=type(trouble).__name__)
        return ""


def _headers(content: bytes) -> dict[str, str]:
    try:
        message = message_from_bytes(content, policy=policy.default)
        return {name.lower(): str(value).strip().lower() for name, value in message.items()}
    except UNREADABLE as trouble:
        log.warning("letter.not_understood", trouble=type(trouble).__name__)
        return {}


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError):
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")
