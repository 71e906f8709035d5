"""Preserving without handing over: legal holds of a case, asked for and confirmed by the same two (clause 2.8)."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, making, scope
from ringfence.privacy.authorities.models import AuthorityDemand
from ringfence.privacy.retention import actions as holds
from ringfence.privacy.retention.models import LegalHold
from ringfence.privacy.retention_rules import (
    CLASSES_OF_A_NUMBER,
    CLASSES_OF_A_PERSON,
    HoldArticle,
    HoldState,
)


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
    for _key, target in making.targets_of(row, granted_only=True):
        of_number = target.number is not None and classes <= set(CLASSES_OF_A_NUMBER)
        holds.ask(
            person=None if of_number else target.person,
            number=target.number if of_number else None,
            classes=sorted(classes),
            article=HoldArticle.PRESERVATION,
            reason=hands.text_of(row.reason),
            reference=hands.text_of(row.reference)[:100],
            case=row.public_id,
            until=until,
            is_secret=row.quiet_until is not None,
            by=by,
            at=at,
        )


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
