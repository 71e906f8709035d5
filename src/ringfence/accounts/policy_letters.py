"""Letters about changes of the policy: one to every customer, in batches, before the change counts (clause 5.2).

A letter that was given up, or came back, told nobody: it is written again a day later, until the change counts. Whom
no letter has reached by then is told at the next sign-in.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from ringfence.accounts.actions.letters import Fact, queue_letter
from ringfence.accounts.letter_ends import LetterEnd, on_end
from ringfence.accounts.models import Person
from ringfence.accounts.rules import PersonKind, PersonState
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy
from ringfence.privacy.policy import audience
from ringfence.privacy.policy.models import (
    CHANGE,
    WITHDRAWAL,
    Acknowledgement,
    PolicyNotice,
    PolicyVersion,
)
from ringfence.privacy.policy_rules import ChangeKind

BATCH: Final = 200
TELLING_LOCK: Final = 0x54454C4C
LETTERS: Final = {CHANGE: "policy-change", WITHDRAWAL: "policy-withdrawn"}
AGAIN: Final = timedelta(days=1)
"""How long after a letter was given up another one is written."""

LOOKED_BACK: Final = timedelta(days=1)
"""Sign-ins of so long before are looked at,"""
IN_USE: Final = timedelta(hours=1)
"""and those are in use who went on for so long: pages that are a right come before the terms."""

SHOWN = """
SELECT count(*), count(*) FILTER (WHERE seen.subject IS NULL) FROM accounts_person person
LEFT JOIN (SELECT DISTINCT subject FROM privacy_acknowledgement) seen ON seen.subject = person.id
WHERE person.kind = %s AND person.state = %s
"""

PASSED_BY = """
SELECT count(DISTINCT person.id)
FROM accounts_signin session JOIN accounts_person person ON person.id = session.person_id
WHERE person.kind = %s AND person.state = %s
    AND session.made_at > %s AND session.seen_at > session.made_at + %s::interval
    AND NOT EXISTS (
        SELECT FROM privacy_acknowledgement seen WHERE seen.subject = person.id AND seen.version_id >= %s)
"""


def enter() -> None:
    """Enter the customers: they must have been shown the terms, and are told of changes by letters that arrive."""
    audience.enter_shown("accounts.customers", _shown)
    audience.enter_told("accounts.customers", _untold)
    for what, kind in LETTERS.items():
        on_end(kind, partial(note_given_up, what=what), LetterEnd.GIVEN_UP, LetterEnd.RETURNED)


def _shown(at: datetime) -> audience.Shown:
    """Count the customers, those who were never shown any version, and those who passed the present one by."""
    found = policy.in_force(at)
    who = [PersonKind.CUSTOMER, PersonState.ACTIVE]
    with connection.cursor() as cursor:
        cursor.execute(SHOWN, who)
        asked, missing = cursor.fetchone()
        if found is None:
            return audience.Shown(asked, missing)
        since = max(found.effective_at, at - LOOKED_BACK)
        cursor.execute(PASSED_BY, [*who, since, f"{IN_USE}", found.number])
        return audience.Shown(asked, missing, *cursor.fetchone())


def _untold(version: int, before: datetime) -> int:
    """Return how many were there before a moment whom no letter has told, and who were not shown the version since."""
    seen = Acknowledgement.objects.filter(subject=OuterRef("pk"), version_id__gte=version)
    told = PolicyNotice.objects.filter(subject=OuterRef("pk"), version=version, what=CHANGE, given_up_at=None)
    return _customers().filter(~Exists(told), ~Exists(seen), registered_at__lt=before).count()


def _customers() -> QuerySet[Person]:
    return Person.objects.filter(kind=PersonKind.CUSTOMER, state=PersonState.ACTIVE)


def _to_tell(version: int, what: str, at: datetime) -> QuerySet[Person]:
    """Return whom to write to: of a change everybody, of a withdrawal those who were told of the change.

    Those whose letter was given up a day ago are among them.
    """
    written = PolicyNotice.objects.filter(subject=OuterRef("pk"), version=version)
    told = written.filter(what=what).exclude(given_up_at__lte=at - AGAIN)
    found = _customers().filter(~Exists(told))
    if what == WITHDRAWAL:
        found = found.filter(Exists(written.filter(what=CHANGE)))
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


def are_waiting(at: datetime) -> bool:
    """Tell whether anybody has yet to be told of something."""
    return any(_to_tell(version, what, at).exists() for version, what in waiting_news(at))


def tell_some(*, by: Actor, at: datetime, batch: int = BATCH) -> int:
    """Write to the next who have not been told yet; return to how many, 0 when all are."""
    for version, what in waiting_news(at):
        if people := _next(version, what, batch, at):
            return tell(version=version, what=what, people=people, by=by, at=at)
    return 0


def _next(version: int, what: str, batch: int, at: datetime) -> list[UUID]:
    return list(_to_tell(version, what, at).order_by("pk").values_list("pk", flat=True)[:batch])


@action("accounts.tell_of_policy")
def tell(*, version: int, what: str, people: Sequence[UUID], by: Actor, at: datetime) -> int:
    """Write to some people about a version, once each whatever is repeated; return to how many.

    The letter and the note that it was written are one transaction. Who has left meanwhile is passed over.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [TELLING_LOCK])
    found = PolicyVersion.objects.get(pk=version)
    rows = _to_tell(version, what, at).filter(pk__in=people).order_by("pk")
    told = list(rows.values_list("pk", "language"))
    if not told:
        nothing_happened()
        return 0
    PolicyNotice.objects.bulk_create(
        [PolicyNotice(subject=person, version=found, what=what, told_at=at) for person, _language in told],
        update_conflicts=True,
        unique_fields=["subject", "version", "what"],
        update_fields=["told_at", "given_up_at"],
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
            can_wait=True,
            by=by,
            at=at,
        )
    about(*(person for person, _language in told), version=version, what=what)
    return len(told)


@action("accounts.note_policy_letter_given_up")
def note_given_up(*, what: str, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """Note that a letter about a version was given up or came back: who it was for was not told by it."""
    nothing_happened()
    rows = PolicyNotice.objects.filter(subject=person, version=facts.get("version"), what=what)
    rows.update(given_up_at=at)
