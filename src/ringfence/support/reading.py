"""A letter that came in, as text: subject and body, without the links that open something."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import structlog

LONGEST_TEXT: Final = 20_000
"""Characters."""

log = structlog.get_logger(__name__)

_BY_PROGRAMS: Final = frozenset({"auto_reply", "bulk", "junk", "list"})
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


def said_by_somebody(content: bytes) -> str:
    """Return what somebody wrote to us; nothing of a letter that a program wrote (RFC 3834), or that cannot be read."""
    try:
        message = message_from_bytes(content, policy=policy.default)
        said = {name.lower(): str(value).strip().lower() for name, value in message.items()}
        is_automatic = (
            said.get("auto-submitted", "no") != "no"
            or said.get("precedence", "") in _BY_PROGRAMS
            or not said.keys().isdisjoint({"list-id", "x-autoreply", "x-auto-response-suppress"})
        )
        return "" if is_automatic else as_text(content)
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError) as trouble:
        log.warning("letter.not_understood", trouble=type(trouble).__name__)
        return ""


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError):
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")
