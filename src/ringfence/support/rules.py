"""Plain facts of the support room."""

import re
from enum import StrEnum
from typing import Final

from django.conf import settings

from ringfence.kernel.public_ids import LENGTH

_TAG: Final = re.compile(rf"tkt_[0-9a-z]{{{LENGTH}}}", re.IGNORECASE)


class LetterKind(StrEnum):
    """Who wrote a letter, as far as its headers tell."""

    PERSON = "person"
    PROGRAM = "program"
    BOUNCE = "bounce"


def own_addresses() -> frozenset[str]:
    """Return the addresses the store is written to at, and writes from, in lower case."""
    return frozenset({str(settings.CONTACT_EMAIL).lower(), str(settings.MAIL_FROM).lower()})


def is_own(address: str) -> bool:
    """Tell whether an address is one of the store's, with a tag or without."""
    return _untagged(address)[0] in own_addresses()


def tag_of(address: str) -> str:
    """Return the id of the ticket in an address of ours, `tkt_...` of support+tkt_...@host; empty without one."""
    plain, tag = _untagged(address)
    return tag if plain in own_addresses() else ""


def _untagged(address: str) -> tuple[str, str]:
    name, at, host = address.rpartition("@")
    base, plus, tag = name.partition("+")
    if plus and _TAG.fullmatch(tag):
        return f"{base}{at}{host}".lower(), tag.lower()
    return address.lower(), ""
