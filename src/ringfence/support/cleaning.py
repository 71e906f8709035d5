"""A letter without payment data, before it is stored (clause 2.4).

A letter that holds none stays as it came, byte by byte. In one that does, the parts that are text are written anew,
headers and names of attachments included; an attachment of another kind with a number in its bytes is taken out.
"""

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import structlog

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.payment_data import PaymentData, cleaned, holds_payment_data

log = structlog.get_logger(__name__)

Removed = Counter[PaymentData]

INSTEAD: Final = "[attachment removed: it held a card or account number]"
_SHAPE: Final = frozenset({"content-type", "content-transfer-encoding", "mime-version"})
_BY_PROGRAMS: Final = frozenset(
    {
        "message-id",
        "content-id",
        "references",
        "in-reply-to",
        "received",
        "dkim-signature",
        "authentication-results",
    }
)
"""Headers that programs write: a number in them that looks like a card's goes, and is not counted as one."""

_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")
_READING: Final = policy.default.clone(refold_source="none")


class _Letter:
    """A letter being cleaned: what was removed of it, and whether anything was changed at all."""

    def __init__(self, content: bytes) -> None:
        self.message = message_from_bytes(content, policy=_READING)
        self.removed: Removed = Counter()
        self.is_changed = False

    def clean(self) -> None:
        """Clean every part."""
        for part in self.message.walk():
            self._clean_headers(part)
            self._clean_shape(part)
            if part.is_multipart():
                continue
            if part.get_content_maintype() == "text":
                self._clean_text(part)
            else:
                self._clean_attachment(part)

    def _took(self, removed: Removed) -> bool:
        self.removed.update(removed)
        self.is_changed = self.is_changed or bool(removed)
        return bool(removed)

    def _clean_headers(self, part: EmailMessage) -> None:
        for name, value in part.items():
            found = cleaned(str(value))
            if name.lower() in _SHAPE or not found.removed:
                continue
            self.is_changed = True
            if name.lower() not in _BY_PROGRAMS:
                self._took(found.removed)
            del part[name]
            part[name] = " ".join(found.text.splitlines())

    def _clean_shape(self, part: EmailMessage) -> None:
        """Take a number out of the name that the type of a part gives it, and out of the border between parts."""
        if holds_payment_data(part.get_boundary() or ""):
            part.set_boundary(f"border-{new_id().hex.translate(_LETTERS)}")
            self.is_changed = True
        name = part.get_param("name", header="content-type")
        if isinstance(name, str) and self._took(cleaned(name).removed):
            part.set_param("name", cleaned(name).text, header="content-type")

    def _clean_attachment(self, part: EmailMessage) -> None:
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes) and self._took(cleaned(payload.decode("latin-1")).removed):
            part.clear_content()
            part.set_content(INSTEAD)

    def _clean_text(self, part: EmailMessage) -> None:
        try:
            text = str(part.get_content())
        except (LookupError, ValueError):
            text = bytes(part.get_payload(decode=True) or b"").decode("latin-1")
        found = cleaned(text)
        if not self._took(found.removed):
            return
        disposition, subtype = part.get("Content-Disposition"), part.get_content_subtype()
        part.clear_content()
        part.set_content(found.text, subtype=subtype, charset="utf-8")
        if disposition is not None:
            part["Content-Disposition"] = str(disposition)


def without_payment_data(content: bytes) -> tuple[bytes, Removed]:
    """Return a letter without card and account numbers, and how many were removed."""
    try:
        letter = _Letter(content)
        letter.clean()
        clean, removed = (letter.message.as_bytes() if letter.is_changed else content), letter.removed
    except (LookupError, ValueError, AttributeError, TypeError, AssertionError) as trouble:
        log.warning("letter.not_understood", trouble=type(trouble).__name__)
        clean, removed = content, Counter()
    found = cleaned(clean.decode("latin-1"))
    return (found.text.encode("latin-1"), removed + found.removed) if found.removed else (clean, removed)
