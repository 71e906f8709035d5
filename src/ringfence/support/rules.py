"""Plain facts of the support room."""

from django.conf import settings


def own_addresses() -> frozenset[str]:
    """Return the addresses the store is written to at, and writes from, in lower case."""
    return frozenset({str(settings.CONTACT_EMAIL).lower(), str(settings.MAIL_FROM).lower()})
