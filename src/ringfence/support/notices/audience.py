"""Whom a notice is for, and whom of them it may be written to."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from ringfence.accounts.models import Person
from ringfence.accounts.rules import PersonKind, PersonState
from ringfence.privacy.consent import news
from ringfence.privacy.requests.effect_models import StoppedUse
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.notice_rules import Audience, Holding, NoticeKind
from ringfence.telephony.models import Number


def meant(kind: str, audience: Audience, at: datetime) -> "QuerySet[Person]":
    """Return whom a notice of a kind is for at a moment.

    News are for those alone who have said yes to them, and have neither objected nor restricted the use of their data.
    """
    found = Person.objects.filter(kind=PersonKind.CUSTOMER, state=PersonState.ACTIVE, registered_at__lte=at)
    numbers = Number.objects.filter(holder=OuterRef("pk"))
    if audience.country:
        found = found.filter(Exists(numbers.filter(country=audience.country)))
    elif audience.holding == Holding.WITH:
        found = found.filter(Exists(numbers))
    elif audience.holding == Holding.WITHOUT:
        found = found.filter(~Exists(numbers))
    if audience.language:
        found = found.filter(language=audience.language)
    if kind == NoticeKind.NEWS:
        agreed = news.agreed(at).filter(subject=OuterRef("pk"))
        found = found.filter(Exists(agreed), ~Exists(_stopped().filter(subject=OuterRef("pk"))))
    return found


def _stopped() -> "QuerySet[StoppedUse]":
    return StoppedUse.objects.filter(lifted_at=None)


def wants_news(person: UUID, at: datetime) -> bool:
    """Tell whether news may be sent to a person: they have said yes, and have neither objected nor restricted."""
    return news.is_wanted(person, at) and not _stopped().filter(subject=person).exists()


def waiting_for(notice: Notice, at: datetime) -> "QuerySet[Person]":
    """Return whom of those a notice is for it was not sent to yet. Who came after it began is not meant."""
    told = NoticeRecord.objects.filter(subject=OuterRef("pk"), notice=notice)
    found = meant(notice.kind, notice.audience, at).filter(~Exists(told))
    return found.filter(registered_at__lte=notice.began_at) if notice.began_at else found


@dataclass(frozen=True, slots=True)
class Counted:
    """How many a notice is for: by language, and those whose address takes no letters."""

    everybody: int
    nb: int
    en: int
    unreachable: int


def counted(kind: str, audience: Audience, at: datetime) -> Counted:
    """Count whom a notice would go to if it went out now."""
    found = meant(kind, audience, at).aggregate(
        everybody=Count("pk"),
        nb=Count("pk", filter=Q(language="nb")),
        unreachable=Count("unreachable_at"),
    )
    return Counted(found["everybody"], found["nb"], found["everybody"] - found["nb"], found["unreachable"])


def countries() -> list[str]:
    """Return the countries of numbers that customers have."""
    held = Number.objects.filter(holder__isnull=False)
    return sorted(set(held.values_list("country", flat=True)))
