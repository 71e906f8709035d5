"""Letters about changes of the policy: one to every customer, in batches, before the change counts (clause 5.2)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from ringfence.accounts.actions.letters import Fact, queue_letter
from ringfence.accounts.models import Person
from ringfence.accounts.rules import PersonKind, PersonState
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy
from ringfence.privacy.keys import keyring
from ringfence.privacy.policy import audience
from ringfence.privacy.policy.models import CHANGE, WITHDRAWAL, PolicyNotice, PolicyVersion
from ringfence.privacy.policy_rules import ChangeKind

BATCH: Final = 200
TELLING_LOCK: Final = 0x54454C4C
LETTERS: Final = {CHANGE: "policy-change", WITHDRAWAL: "policy-withdrawn"}

SHOWN = """
SELECT count(*), count(*) FILTER (WHERE seen.subject IS NULL) FROM accounts_person person
LEFT JOIN (SELECT DISTINCT subject FROM privacy_acknowledgement) seen ON seen.subject = person.id
WHERE person.kind = %s AND person.state = %s
"""


def enter() -> None:
    """Enter the customers: they must have been shown the terms, and are told of changes."""
    audience.enter_shown("accounts.customers", _shown)
    audience.enter_told("accounts.customers", _untold)


def _shown(_at: datetime) -> audience.Shown:
    """Count the customers, and those who were never shown any version; each table is read once."""
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, [PersonKind.CUSTOMER, PersonState.ACTIVE])
        return audience.Shown(*cursor.fetchone())


def _untold(version: int, before: datetime) -> int:
    return _without(version, CHANGE).filter(registered_at__lt=before).count()


def _customers() -> QuerySet[Person]:
    return Person.objects.filter(kind=PersonKind.CUSTOMER, state=PersonState.ACTIVE)


def _without(version: int, what: str) -> QuerySet[Person]:
    """Return the customers without a letter of a kind about a version."""
    told = PolicyNotice.objects.filter(subject=OuterRef("pk"), version=version, what=what)
    return _customers().filter(~Exists(told))


def _to_tell(version: int, what: str) -> QuerySet[Person]:
    """Return whom to write to: of a change everybody, of a withdrawal those who were told of the change."""
    found = _without(version, what)
    if what == WITHDRAWAL:
        told = PolicyNotice.objects.filter(subject=OuterRef("pk"), version=version, what=CHANGE)
        found = found.filter(Exists(told))
    return found


def waiting_news(at: datetime) -> Iterator[tuple[int, str]]:
    """Yield what customers are to be told at a moment: of a material change to come, and of one withdrawn."""
    coming = policy.coming(at)
    if coming is not None and coming.kind == ChangeKind.MATERIAL:
        yield coming.number, CHANGE
    withdrawn = PolicyVersion.objects.filter(withdrawal__isnull=False, effective_at__gt=at)
    for number in (
        withdrawn.filter(kind=ChangeKind.MATERIAL).order_by("number").values_list("number", flat=True)
    ):
        yield number, WITHDRAWAL


def tell_all(*, by: Actor, at: datetime, batch: int = BATCH) -> int:
    """Write to everybody who has not been told yet; return to how many. What is broken off goes on another time."""
    told = 0
    for version, what in waiting_news(at):
        last: UUID | None = None
        while people := _next(version, what, last, batch):
            told += tell(version=version, what=what, people=people, by=by, at=at)
            keyring.forget()
            last = people[-1]
    return told


def _next(version: int, what: str, last: UUID | None, batch: int) -> list[UUID]:
    found = _to_tell(version, what).order_by("pk")
    if last is not None:
        found = found.filter(pk__gt=last)
    return list(found.values_list("pk", flat=True)[:batch])


@action("accounts.tell_of_policy")
def tell(*, version: int, what: str, people: Sequence[UUID], by: Actor, at: datetime) -> int:
    """Write to some people about a version, once each whatever is repeated; return to how many.

    The letter and the note that it was written are one transaction. Who has left meanwhile is passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TELLING_LOCK])
    found = PolicyVersion.objects.get(pk=version)
    rows = _to_tell(version, what).filter(pk__in=people).order_by("pk")
    told = list(rows.values_list("pk", "language"))
    if not told:
        nothing_happened()
        return 0
    PolicyNotice.objects.bulk_create(
        [PolicyNotice(subject=person, version=found, what=what, told_at=at) for person, _language in told]
    )
    before = policy.in_force(at)
    facts: dict[str, Fact] = {
        "version": found.number,
        "before": before.number if before else found.number,
        "effective": found.effective_at.isoformat(),
    }
    for person, language in told:
        queue_letter(
            kind=LETTERS[what],
            person=person,
            facts={**facts, "summary": str(found.summary.get(language, ""))},
            by=by,
            at=at,
        )
    about(*(person for person, _language in told), version=version, what=what)
    return len(told)
