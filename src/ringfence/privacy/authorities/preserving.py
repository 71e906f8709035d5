"""Preserving without handing over: legal holds of a case, asked for and confirmed by the same two (clause 2.8)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import making, scope
from ringfence.privacy.authorities.models import AuthorityDemand
from ringfence.privacy.authorities.rules import AuthoritySort
from ringfence.privacy.retention import actions as holds
from ringfence.privacy.retention.models import LegalHold
from ringfence.privacy.retention_rules import (
    CLASSES_OF_A_NUMBER,
    CLASSES_OF_A_PERSON,
    HoldArticle,
    HoldState,
)

REASON: Final = gettext_noop("An authority ordered that it be preserved.")
"""What a hold tells whomever it is about: what was written in the case may speak of others."""


def ask(row: AuthorityDemand, until: datetime | None, by: Actor, at: datetime) -> None:
    """Ask for the holds that a demand proposes: on a number where it names one and that is enough, else on a person.

    Raises Refusal for no end, one beyond a year, and for nothing that a hold can cover.
    """
    if until is None:
        raise Refusal("demand.until_when", gettext_noop("Say until when it is to be preserved."))
    classes = scope.classes_of(row.granted_fields) & set(CLASSES_OF_A_PERSON)
    if not classes:
        raise Refusal(
            "demand.kept_anyway",
            gettext_noop("What was chosen is kept anyway, or cannot be preserved. Choose another kind."),
        )
    row.keep_until = until
    row.save()
    _require_told_before(row, until)
    of_number = classes <= set(CLASSES_OF_A_NUMBER)
    targets = [one for _key, one in making.targets_of(row, granted_only=True)]
    whom = [(None, one.number) if of_number and one.number else (one.person, None) for one in targets]
    for person, number in dict.fromkeys(whom):
        holds.ask(
            person=person,
            number=number,
            classes=sorted(classes),
            article=HoldArticle.PRESERVATION if row.sort == AuthoritySort.POLICE else HoldArticle.DUTY,
            reason=REASON,
            case=row.public_id,
            until=until,
            is_secret=row.quiet_until is not None,
            by=by,
            at=at,
        )


def _require_told_before(row: AuthorityDemand, until: datetime) -> None:
    """Raise Refusal for holds that end, and so are told of, before a law lets us tell."""
    if row.quiet_until is not None and until.date() < row.quiet_until:
        raise Refusal(
            "demand.kept_too_short",
            gettext_noop(
                "The customer is told when nothing is preserved any more. Preserve it until that day at least."
            ),
        )


def reveal(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    """Tell whom the holds of a case are about, as no law forbids it any more."""
    for hold in _in(row, HoldState.ACTIVE):
        holds.reveal(hold=hold, by=by, at=at)


def confirm(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    """Put the holds of a case into effect, as the second person."""
    for hold in _in(row, HoldState.ASKED):
        holds.confirm(hold=hold, by=by, at=at)


def take_back(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    """Withdraw the holds of a case that were asked for and not confirmed."""
    for hold in _in(row, HoldState.ASKED):
        holds.end(hold=hold, by=by, at=at)


def is_over(row: AuthorityDemand) -> bool:
    """Tell whether nothing is preserved for a case any more."""
    return not LegalHold.objects.filter(case=row.public_id, ended_at=None).exists()


def of_case(case: str) -> list[tuple[str, str]]:
    """Return the holds of a case: their public ids, and where each stands."""
    rows = LegalHold.objects.filter(case=case).order_by("asked_at", "id")
    return [(one.public_id, one.state) for one in rows]


def _in(row: AuthorityDemand, state: HoldState) -> list[UUID]:
    rows = LegalHold.objects.filter(case=row.public_id, state=state).order_by("id")
    return list(rows.values_list("pk", flat=True))
