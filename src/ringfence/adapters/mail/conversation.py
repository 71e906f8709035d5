"""The headers by which a letter goes on with a conversation (RFC 5322, section 3.6.4), and by which an answer finds it.

They come from facts of the letter that no template shows: `reply_tag`, the id of what it is about, and `references`,
the message ids of the letters before it. A letter with a tag was written by somebody, unless a fact says that it
`is_automatic`; all others say that a program did (RFC 3834).
"""

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, Final

from django.conf import settings

_LISTS_OF_IDS: Final = frozenset({"references", "in-reply-to"})


class _IdsAsTheyAre(EmailPolicy):
    """Writes lists of message ids as they are: a long id would otherwise be encoded, and found by nobody."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """Keep a list of ids as text."""
        if name.lower() in _LISTS_OF_IDS:
            return name, value
        return super().header_store_parse(name, value)


IN_ONE_LINE: Final = _IdsAsTheyAre(refold_source="none")


def goes_on(message: EmailMessage, facts: Mapping[str, Any]) -> None:
    """Write the headers of a conversation into a letter, or those of one that no answer is waited for."""
    tag, ids = str(facts.get("reply_tag") or ""), [str(one) for one in facts.get("references") or ()]
    name, host = str(settings.CONTACT_EMAIL).rsplit("@", 1)
    message["Reply-To"] = f"{name}+{tag}@{host}" if tag else settings.CONTACT_EMAIL
    if ids:
        message["In-Reply-To"] = ids[-1]
        message["References"] = "\r\n ".join(ids)
    if facts.get("is_automatic"):
        message["Auto-Submitted"] = "auto-replied"
    elif not tag:
        message["Auto-Submitted"] = "auto-generated"
