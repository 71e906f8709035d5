"""Reading a letter that came in: who, to whom, about what, and its text."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from ringfence.support.queries import LetterKept

LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True, repr=False)
class LetterShown:
    """A letter as people read it."""

    recipient: str
    subject: str
    text: str
    received_at: datetime


def as_shown(letter: LetterKept) -> LetterShown:
    """Return a letter as people read it; what cannot be decoded is shown as far as it can be."""
    message = message_from_bytes(letter.content, policy=policy.default)
    return LetterShown(
        recipient=", ".join(letter.recipients),
        subject=str(message.get("Subject", "")),
        text=_text(message)[:LONGEST_TEXT],
        received_at=letter.received_at,
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, ValueError):
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")
