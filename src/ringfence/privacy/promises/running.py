"""Running the checks, storing what they find, and reading back how every clause stands."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.looks import note
from ringfence.privacy.policy_text import NUMBERS
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.promises.registry import (
    BROKEN,
    DUE_SOON,
    KEPT,
    NOT_ENFORCED,
    Figure,
    Finding,
    Promise,
    promise,
    promises,
)

FRESH: Final = timedelta(minutes=15)
"""A result older than this is shown as not fresh: the checks run every five minutes."""

CHECKING_LOCK: Final = 0x50524F4D
FAILED_CHECK: Final = gettext_noop(
    "The check itself failed, so nothing is proven. We have been told and look into it."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clause stands: the last finding, since when, and whether it is fresh."""

    clause: str
    state: str
    sentence: str = ""
    text: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    since: datetime | None = None
    checked_at: datetime | None = None
    fresh: bool = False


def run_checks(*, by: Actor, at: datetime, only: Collection[str] = ()) -> list[Standing]:
    """Run every check, or those of some clauses, and store what it finds; return how all clauses stand."""
    for found in promises():
        if only and found.clause not in only:
            continue
        record(clause=found.clause, finding=_checked(found, at), by=by, at=at)
    return standings(at)


def _checked(found: Promise, at: datetime) -> Finding:
    """Run a check; one that fails proves nothing, so the promise counts as broken until it runs again."""
    try:
        with transaction.atomic(), note.unwatched():
            return found.check(at)
    except Exception:
        log.exception("promise.check_failed", clause=found.clause)
        return Finding(BROKEN, FAILED_CHECK)


@action("privacy.record_promise")
def record(*, clause: str, finding: Finding, by: Actor, at: datetime) -> None:
    """Store a finding. The same state goes on; another one begins a new stretch and a line in the ledger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHECKING_LOCK])
    last = PromiseResult.objects.filter(clause=clause).order_by("-since").first()
    if last and last.state != finding.state and last.since >= at:
        nothing_happened()
        return
    if last:
        last.unchecked_seconds += _nobody_looked(last, at)
    if last and last.state == finding.state:
        last.checked_at, last.text, last.figures = (
            max(at, last.checked_at),
            finding.text,
            dict(finding.figures),
        )
        last.save(update_fields=["checked_at", "text", "figures", "unchecked_seconds"])
        nothing_happened()
        return
    if last:
        last.save(update_fields=["unchecked_seconds"])
    PromiseResult.objects.create(
        clause=clause,
        state=finding.state,
        since=at,
        checked_at=at,
        text=finding.text,
        figures=dict(finding.figures),
    )
    about(clause=clause, state=finding.state)


def _nobody_looked(last: PromiseResult, at: datetime) -> int:
    """Return for how many seconds before now no check ran that should have."""
    silence = at - last.checked_at
    return int(silence.total_seconds()) if silence > FRESH else 0


def standings(at: datetime) -> list[Standing]:
    """Return how every clause of the policy stands, in order; those without a check as not enforced."""
    newest = PromiseResult.objects.order_by("clause", "-since").distinct("clause")
    results = {result.clause: result for result in newest}
    return [_standing(clause, results.get(clause), at) for clause in NUMBERS]


def _standing(clause: str, result: PromiseResult | None, at: datetime) -> Standing:
    found = promise(clause)
    if found is None:
        return Standing(clause, NOT_ENFORCED)
    if result is None:
        return Standing(clause, NOT_ENFORCED, found.sentence)
    return Standing(
        clause=clause,
        state=result.state,
        sentence=found.sentence,
        text=result.text,
        figures=result.figures,
        since=result.since,
        checked_at=result.checked_at,
        fresh=at - result.checked_at <= FRESH,
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """How many of the promises that software checks are kept; `checked_at` is the oldest of the last checks.

    `broken` are the clauses that are, whether the check is fresh or not.
    """

    kept: int
    total: int
    not_enforced: int
    checked_at: datetime | None
    fresh: bool
    broken: tuple[str, ...] = ()


def summary(found: Iterable[Standing]) -> Summary:
    """Sum up. A promise due soon is kept still; one whose check is not fresh is not counted as kept."""
    standing = list(found)
    checked = [one for one in standing if one.state != NOT_ENFORCED]
    kept = sum(one.fresh and one.state in {KEPT, DUE_SOON} for one in checked)
    moments = [one.checked_at for one in checked if one.checked_at]
    return Summary(
        kept=kept,
        total=len(checked),
        not_enforced=len(standing) - len(checked),
        checked_at=min(moments, default=None),
        fresh=all(one.fresh for one in checked),
        broken=tuple(one.clause for one in checked if one.state == BROKEN),
    )
