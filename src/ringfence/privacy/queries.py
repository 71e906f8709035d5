"""What other rooms and the interfaces may read of the privacy room."""

from collections.abc import Collection, Mapping
from uuid import UUID

from django.db import models

from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger.models import LedgerLine


def lines_of(subject: UUID) -> models.QuerySet[LedgerLine]:
    """Return the ledger lines that concern a person, newest first; none once the person is erased."""
    token = keyring.token(subject)
    if token is None:
        return LedgerLine.objects.none()
    return LedgerLine.objects.filter(subject_token=token).order_by("-id")


def lines_about(actions: Collection[str], facts: Mapping[str, str], *, limit: int) -> list[LedgerLine]:
    """Return the newest lines of some actions with these facts, for things that are nobody's, such as a price."""
    found = LedgerLine.objects.filter(action__in=actions, facts__contains=dict(facts))
    return list(found.order_by("-id")[:limit])


def being_erased(subject: UUID) -> bool:
    """Tell whether a person's deletion has begun: they may not sign in, and nothing new is done for them."""
    return Erasure.objects.filter(subject=subject).exists()
