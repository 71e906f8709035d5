"""Plain facts of the support room."""

import re
from enum import StrEnum
from typing import Final

from django.conf import settings

from ringfence.kernel.public_ids import LENGTH, NotAPublicId, parse

LARGEST_ATTACHED: Final = 25
"""Megabytes that may be attached to a letter."""

LARGEST_LETTER: Final = 36_000_000
"""Bytes of a letter as it travels: what is attached takes a third more on the way."""

MOST_IN_AN_HOUR: Final = 100
"""Letters to us of one sender in an hour; more wait at the sender's server, which tries again by itself."""

MOST_HOPS: Final = 50
"""Servers that a letter may have come through (RFC 5321, section 6.3); one that went round in a circle has more."""

_OWN_ID: Final = re.compile(rf"<let_[0-9a-z]{{{LENGTH}}}@([^<>@\s]+)>")


class LetterKind(StrEnum):
    """Who wrote a letter, as far as its headers tell.

    `QUIET` may be of a person, but whoever passed it on (a list, a desk, a gateway) wants no automatic answer to it.
    """

    PERSON = "person"
    QUIET = "quiet"
    PROGRAM = "program"
    BOUNCE = "bounce"


READ: Final = (LetterKind.PERSON, LetterKind.QUIET)
"""Letters that become conversations."""


class Scan(StrEnum):
    """What is known of the attachments of a letter; `NONE` where there are none, or nobody looks for viruses."""

    NONE = ""
    WAITING = "waiting"
    CLEAN = "clean"
    INFECTED = "infected"
    UNREADABLE = "unreadable"


def own_addresses() -> frozenset[str]:
    """Return the addresses the store is written to at, and writes from, in lower case."""
    return _desk_addresses() | {str(settings.ABUSE_EMAIL).lower()}


def _desk_addresses() -> frozenset[str]:
    return frozenset({str(settings.CONTACT_EMAIL).lower(), str(settings.MAIL_FROM).lower()})


def is_for_the_desk(address: str) -> bool:
    """Tell whether what is written to an address is a conversation."""
    return _untagged(address)[0] in _desk_addresses()


def is_for_reports(address: str) -> bool:
    """Tell whether what is written to an address is a report of abuse; never where the desk has the same address."""
    return is_own(address) and not is_for_the_desk(address)


def is_own(address: str) -> bool:
    """Tell whether an address is one of the store's, with a tag or without."""
    return _untagged(address)[0] in own_addresses()


def tag_of(address: str) -> str:
    """Return the id of the ticket in an address of ours, `tkt_...` of support+tkt_...@host; empty without one."""
    plain, tag = _untagged(address)
    return tag if plain in own_addresses() else ""


def is_own_id(message_id: str) -> bool:
    """Tell whether a message id, in lower case, is that of a letter of ours."""
    found = _OWN_ID.fullmatch(message_id)
    return found is not None and found[1] == str(settings.MAIL_FROM).rsplit("@", 1)[-1].lower()


def _untagged(address: str) -> tuple[str, str]:
    name, at, host = address.rpartition("@")
    base, plus, tag = name.partition("+")
    if plus and _is_tag(tag):
        return f"{base}{at}{host}".lower(), tag.lower()
    return address.lower(), ""


def _is_tag(text: str) -> bool:
    try:
        parse(text, "tkt")
    except NotAPublicId:
        return False
    return True
