"""What the interfaces may read of cases of abuse. What is sealed is opened by an action, which writes a line of it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.support import attachments
from ringfence.support.abuse.hands import text_of, unknown
from ringfence.support.abuse.rules import AbuseKind, AbuseState, Decision
from ringfence.support.abuse.views import CaseView, PictureView, ReportView, plain
from ringfence.support.abuse_models import (
    AbuseCase,
    AbusePicture,
    AbusePiece,
    AbuseReport,
    AbuseSuspension,
)
from ringfence.support.rules import Scan
from ringfence.telephony import lookups

LISTED: Final = 50
LISTS: Final = {
    "new": (AbuseState.REPORTED,),
    "looking": (AbuseState.LOOKING,),
    "confirming": (AbuseState.CONFIRMING,),
    "appealed": (AbuseState.APPEALED,),
    "decided": (AbuseState.DECIDED,),
    "closed": (AbuseState.CLOSED,),
}
"""The lists of the console; the first four wait for staff."""
WAITING: Final = ("new", "looking", "confirming", "appealed")


def counts() -> dict[str, int]:
    """Return how many cases are in each list."""
    rows = AbuseCase.objects.order_by().values_list("state").annotate(count=Count("pk"))
    by_state: dict[str, int] = dict(rows)
    return {name: sum(by_state.get(state, 0) for state in states) for name, states in LISTS.items()}


def listed(name: str, kind: str = "", number: str = "") -> list[CaseView]:
    """Return a list of the console, the oldest first, of closed ones the newest; narrowed by kind and by number.

    `number` are its digits, or the last of them.
    """
    found = AbuseCase.objects.filter(state__in=LISTS[name])
    if kind:
        found = found.filter(kind=kind)
    if number:
        found = found.filter(number__in=lookups.numbers_with(number))
    order = {"appealed": "appealed_at", "decided": "appeal_until", "closed": "-closed_at"}
    return _plain(list(found.order_by(order.get(name, "reported_at"), "pk")[:LISTED]))


def key_of(wanted: str) -> UUID | None:
    """Return the key of a case by its public id, or None when there is none."""
    try:
        key = parse(wanted, "abu")
    except NotAPublicId:
        return None
    return key if AbuseCase.objects.filter(pk=key).exists() else None


def customer_of(case: UUID) -> UUID:
    """Return whom a case is about: a customer, or an id that is nobody's."""
    return UUID(str(AbuseCase.objects.values_list("subject", flat=True).get(pk=case)))


@action("abuse.look_at")
def look_at(*, case: UUID, by: Actor, at: datetime) -> CaseView:
    """Open a case for staff with its reports; those with an account read of it. Raises Refusal."""
    row = AbuseCase.objects.filter(pk=case).first()
    if row is None:
        raise unknown()
    reports = list(AbuseReport.objects.filter(case=row).order_by("received_at", "pk"))
    about(row.subject, *(one.subject for one in reports), case=row.public_id)
    keyring.prefetch([row.subject, *(one.subject for one in reports)], RetentionClass.SUPPORT)
    pictures: dict[UUID, list[PictureView]] = {}
    for one in AbusePicture.objects.filter(report__in=reports).order_by("pk"):
        pictures.setdefault(one.report_id, []).append(PictureView(one.pk, one.size, one.letter is not None))
    earlier = AbuseCase.objects.filter(subject=row.subject).exclude(pk=row.pk).exclude(decision="").order_by()
    return replace(
        _opened(row),
        reports=tuple(_report(one, pictures.get(one.pk, [])) for one in reports),
        earlier=dict(earlier.values_list("decision").annotate(count=Count("pk"))),
    )


@action("abuse.open_picture")
def open_picture(*, case: UUID, picture: UUID, by: Actor, at: datetime) -> bytes:
    """Open a picture that came with a report of a case, or the letter it came as, for staff.

    Raises Refusal for one of another case, and for a letter that carries a virus or has not been looked at yet.
    """
    found = AbusePicture.objects.select_related("report__case").filter(pk=picture, report__case=case).first()
    if found is None:
        raise unknown()
    attachments.require_clean(Scan(found.scan))
    about(found.report.case.subject, found.report.subject, case=found.report.case.public_id)
    pieces = AbusePiece.objects.filter(picture=found).order_by("place")
    return b"".join(bytes(one.content.open() or b"") for one in pieces)


def is_letter(picture: UUID) -> bool:
    """Tell whether what came with a report is the letter that it came as."""
    return AbusePicture.objects.filter(pk=picture, letter__isnull=False).exists()


def decided_of(subject: UUID) -> list[CaseView]:
    """Return what was decided about a customer, opened for themselves, the newest first."""
    found = AbuseCase.objects.filter(subject=subject).exclude(decision__in=("", Decision.NOTHING))
    return [_opened(row) for row in found.order_by("-decided_at", "pk")]


def cases_of(subject: UUID) -> list[CaseView]:
    """Return the cases about a customer, unopened, the newest first."""
    return _plain(list(AbuseCase.objects.filter(subject=subject).order_by("-reported_at", "pk")))


def decided_case(subject: UUID, wanted: str) -> CaseView | None:
    """Return one of a customer's own cases by its public id; None for any other."""
    return next((one for one in decided_of(subject) if one.public_id == wanted), None)


def is_suspended(number: UUID) -> bool:
    """Tell whether a case keeps a number suspended: then only the case lets it ring again."""
    return AbuseSuspension.objects.filter(number=number, ended_at=None).exists()


def is_closing(subject: UUID) -> bool:
    """Tell whether the account of a customer is about to be closed: they buy nothing more meanwhile."""
    states = (AbuseState.CONFIRMING, AbuseState.DECIDED, AbuseState.APPEALED)
    return AbuseCase.objects.filter(subject=subject, decision=Decision.CLOSING, state__in=states).exists()


def _plain(rows: Collection[AbuseCase]) -> list[CaseView]:
    digits = lookups.digits_of([row.number for row in rows if row.number])
    counted = AbuseReport.objects.filter(case__in=rows).order_by().values_list("case")
    by_letter = set(counted.filter(letter__isnull=False).values_list("case", flat=True))
    reports: dict[UUID, int] = dict(counted.annotate(count=Count("pk")))
    return [
        plain(
            row,
            e164=digits.get(row.number, "") if row.number else "",
            count=reports.get(row.pk, 0),
            has_customer=is_customer(row.subject),
            came_by_letter=row.pk in by_letter,
        )
        for row in rows
    ]


def _opened(row: AbuseCase) -> CaseView:
    (shown,) = _plain([row])
    suspended = AbuseSuspension.objects.filter(case=row, ended_at=None).values_list("number", flat=True)
    return replace(
        shown,
        reason=text_of(row.reason),
        appeal=text_of(row.appeal),
        answer=text_of(row.answer),
        suspended=tuple(sorted(lookups.digits_of(list(suspended)).values())),
    )


def _report(row: AbuseReport, pictures: Collection[PictureView]) -> ReportView:
    return ReportView(
        id=row.pk,
        received_at=row.received_at,
        kind=AbuseKind(row.kind),
        named=text_of(row.named),
        happened=text_of(row.happened),
        said=text_of(row.said),
        address=text_of(row.address),
        told_at=row.told_at,
        unreached_at=row.unreached_at,
        pictures=tuple(pictures),
    )
