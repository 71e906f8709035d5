"""Links that work once."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.models import OneTimeLink
from ringfence.accounts.rules import LIFETIMES, LinkKind
from ringfence.accounts.secrets import digest_of_token, new_token
from ringfence.kernel.refusal import Refusal, gettext_noop


def make(kind: LinkKind, subject: UUID, at: datetime, target: UUID | None = None) -> str:
    """Make a link in the running action and return its token. Earlier links of the kind stop working."""
    OneTimeLink.objects.filter(subject=subject, kind=kind).delete()
    token = new_token()
    OneTimeLink.objects.create(
        subject=subject,
        kind=kind,
        digest=digest_of_token(token),
        target=target,
        made_at=at,
        expires_at=at + LIFETIMES[kind],
    )
    return token


def take(kind: LinkKind, token: str, at: datetime) -> OneTimeLink:
    """Return a link that works, locked. The caller deletes it once it has done its work. Raises Refusal."""
    found = OneTimeLink.objects.filter(digest=digest_of_token(token), kind=kind, expires_at__gt=at)
    link = found.select_for_update().first()
    if link is None:
        raise Refusal("link-used", gettext_noop("This link has been used already, or it is too old."))
    return link
