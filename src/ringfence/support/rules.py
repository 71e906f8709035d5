"""Plain facts of the support room."""

from enum import StrEnum

from django.conf import settings


class LetterKind(StrEnum):
    """Who wrote a letter, as far as its headers tell."""

    PERSON = "person"
    PROGRAM = "program"
    BOUNCE = "bounce"


def own_addresses() -> frozenset[str]:
    """Return the addresses the store is written to at, and writes from, in lower case."""
    return frozenset({str(settings.CONTACT_EMAIL).lower(), str(settings.MAIL_FROM).lower()})
