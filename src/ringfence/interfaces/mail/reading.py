"""Reading a letter that came in: who, to whom, about what, and its text."""

from dataclasses import dataclass
from datetime import datetime

from ringfence.support import reading
from ringfence.support.queries import LetterKept


@dataclass(frozen=True, slots=True, repr=False)
class LetterShown:
    """A letter as people read it."""

    recipient: str
    subject: str
    text: str
    received_at: datetime


def as_shown(letter: LetterKept) -> LetterShown:
    """Return a letter as people read it; what cannot be decoded is shown as far as it can be."""
    subject, text = reading.parts(letter.content)
    return LetterShown(
        recipient=", ".join(letter.recipients), subject=subject, text=text, received_at=letter.received_at
    )
