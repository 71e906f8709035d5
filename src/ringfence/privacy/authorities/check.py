"""The check of clause 3.3: nothing left for an authority but what two had judged, within its scope, and told of."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Q

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.authorities import handing, making
from ringfence.privacy.authorities.models import AuthorityDemand, DemandPiece
from ringfence.privacy.authorities.ports import closer
from ringfence.privacy.authorities.rules import SOON, TOLD_WITHIN, UNDECIDED, DemandState
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.keys.queries import erased
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding

SENTENCE: Final = gettext_noop(
    "An authority gets data only when two of us have each found its demand effective, lawful and reasonable in writing,"
    " nothing beyond it, and the customer is told as soon as no law forbids it."
)
TEXT: Final = gettext_noop(
    "Demands kept: %(demands)s, not decided: %(open)s, near or past their deadline: %(due)s. Granted: %(granted)s,"
    " without two different people who judged all of it: %(unjudged)s, beyond what was demanded: %(beyond)s. Handed"
    " over: %(handed)s, to people without an entry of it: %(unentered)s, of which nobody was told in time: %(untold)s,"
    " kept quiet until a day: %(quiet)s. Packages stored: %(packages)s, open to others or past their time:"
    " %(open_ones)s."
)
LOOKED_AT: Final = 50
"""Demands, and packages, of which the newest so many are looked at closely."""

_DEMANDS: Final = """
WITH told AS (
    SELECT demand.*, demand.state IN ('granted', 'ready', 'handed_over')
        OR demand.handed_over_at IS NOT NULL AS is_granted,
        (SELECT count(*) FROM (
            SELECT judged_by FROM privacy_demandjudgement AS one WHERE one.demand_id = demand.id
            GROUP BY judged_by HAVING count(DISTINCT question) = 3) AS whole) AS judges,
        EXISTS (SELECT FROM privacy_demandjudgement AS one
            WHERE one.demand_id = demand.id AND one.verdict = 'no') AS is_refused
    FROM privacy_authoritydemand AS demand
)
SELECT count(*),
    count(*) FILTER (WHERE is_granted),
    count(*) FILTER (WHERE is_granted AND emptied_at IS NULL AND (judges < 2 OR is_refused
        OR confirmed_by IS NULL OR proposed_by IS NULL OR confirmed_by = proposed_by)),
    count(*) FILTER (WHERE is_granted AND (NOT granted_fields <@ fields
        OR granted_since < since OR granted_until > until
        OR (granted_since IS NULL) <> (since IS NULL) AND granted_since IS NOT NULL)),
    count(*) FILTER (WHERE handed_over_at IS NOT NULL)
FROM told
"""


def demands_are_judged(at: datetime) -> Finding:
    """Clause 3.3: compare what was granted with what was judged, and what left with what was entered and told."""
    with connection.cursor() as cursor:
        cursor.execute(_DEMANDS)
        demands, granted, unjudged, beyond, handed = cursor.fetchone()
    rows = AuthorityDemand.objects.all()
    undecided = rows.filter(state__in=sorted(UNDECIDED))
    open_ones = _open_packages(at)
    figures = {
        "demands": demands,
        "open": undecided.count(),
        "due": undecided.filter(deadline__lte=at + SOON).count(),
        "granted": granted,
        "unjudged": unjudged,
        "beyond": beyond,
        "handed": handed,
        "unentered": _unentered(),
        "untold": rows.filter(handing.untold(at - TOLD_WITHIN)).count(),
        "quiet": rows.filter(handing.quiet_ones(), quiet_until__gt=at.date()).count(),
        "packages": DemandPiece.objects.filter(what=DemandPiece.PACKAGE, number=0).count(),
        "open_ones": open_ones,
    }
    if any(figures[name] for name in ("unjudged", "beyond", "unentered", "untold", "open_ones")):
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if figures["due"] else KEPT, TEXT, figures)


def _unentered() -> int:
    """Return how many people something of theirs was handed over of, without an entry.

    Whoever deletes their account later takes theirs along, and of whoever had before only a hold's copies could go.
    """
    rows = AuthorityDemand.objects.filter(handed_over_at__isnull=False, emptied_at=None)
    missing = 0
    for row in rows.order_by("-handed_over_at")[:LOOKED_AT]:
        targets = making.targets_of(row, granted_only=True)
        people = {target.person for _key, target in targets}
        had_left = {target.person for key, target in targets if key.has_left} & erased(people)
        left_later = erased(people) - erased(people, by=row.handed_over_at)
        entries = Disclosure.objects.filter(case=row.public_id, clause=handing.CLAUSE)
        there = {entry.subject for entry in entries if set(row.granted_fields) <= set(entry.fields)}
        missing += len(people - there - had_left - left_later)
    return missing


def _open_packages(at: datetime) -> int:
    """Return how many packages are stored that others could read, or that should be gone, or were never granted."""
    packages = DemandPiece.objects.filter(what=DemandPiece.PACKAGE, number=0)
    kept = Q(
        demand__state__in=(DemandState.READY, DemandState.HANDED_OVER), demand__gone_at__gt=at - TOLD_WITHIN
    )
    newest = packages.filter(kept).order_by("-demand__ready_at", "id")[:LOOKED_AT]
    readable = sum(not closer().is_closed(one.content.open() or b"") for one in newest)
    return packages.exclude(kept).count() + readable
