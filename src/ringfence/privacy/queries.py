"""What other rooms and the interfaces may read of the privacy room."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models

from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger import checkpoints
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.policy.models import Acknowledgement


def lines_of(subject: UUID) -> models.QuerySet[LedgerLine]:
    """Return the ledger lines that concern a person, newest first; none once the person is erased."""
    token = keyring.token(subject)
    if token is None:
        return LedgerLine.objects.none()
    return LedgerLine.objects.filter(subject_token=token).order_by("-id")


def looks_at(subject: UUID) -> models.QuerySet[LedgerLine]:
    """Return the lines of what our staff did with a person's data, newest first (clause 2.1)."""
    return lines_of(subject).filter(actor__startswith="staff")


def line_of(subject: UUID, number: int) -> LedgerLine | None:
    """Return one of the lines that concern a person, or None; those of others are not there for them."""
    return lines_of(subject).filter(pk=number).first()


def proof_of(line: LedgerLine) -> dict[str, Any] | None:
    """Return the proof that a line is in the signed ledger, as anybody can check it; None before it was signed."""
    newest = checkpoints.latest()
    try:
        return checkpoints.prove(line, newest).as_json() if newest else None
    except LookupError:
        return None


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of the terms that a person was shown, on what occasion, and when. `moment` is a message id."""

    version: int
    moment: str
    at: datetime


def acknowledgements_of(subject: UUID) -> list[Seen]:
    """Return the versions of the terms a person was shown, newest first."""
    rows = Acknowledgement.objects.filter(subject=subject).order_by("-acknowledged_at")
    return [Seen(row.version_id, row.moment, row.acknowledged_at) for row in rows]


def lines_about(actions: Collection[str], facts: Mapping[str, str], *, limit: int) -> list[LedgerLine]:
    """Return the newest lines of some actions with these facts, for things that are nobody's, such as a price."""
    found = LedgerLine.objects.filter(action__in=actions, facts__contains=dict(facts))
    return list(found.order_by("-id")[:limit])


def being_erased(subject: UUID) -> bool:
    """Tell whether a person's deletion has begun: they may not sign in, and nothing new is done for them."""
    return Erasure.objects.filter(subject=subject).exists()
