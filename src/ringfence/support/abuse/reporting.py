"""A report of abuse comes in: anybody may send one, and nobody learns by it whose a number is (clause 5.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from ringfence.accounts.queries import find_by_address, is_customer
from ringfence.accounts.rules import normalised
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.sealed import RawBytes
from ringfence.support.abuse import letters
from ringfence.support.abuse.rules import MOST_PICTURES, UNDECIDED, AbuseKind, AbuseState, require_text
from ringfence.support.abuse_models import AbuseCase, AbusePicture, AbusePiece, AbuseReport
from ringfence.support.actions import address_digest
from ringfence.telephony import lookups

PIECE: Final = 256 * 1024
"""Bytes of a picture that are sealed together."""


@dataclass(frozen=True, slots=True, repr=False)
class CameAs:
    """The letter that a report came as, whole; `scan` is what is known of viruses in it."""

    id: UUID
    content: bytes
    scan: str
    message_id: str = ""


@action("abuse.report")
def report(  # noqa: PLR0913 - each is a part of a report
    *,
    number: str,
    kind: AbuseKind,
    said: str,
    happened: str = "",
    address: str = "",
    language: str = "en",
    pictures: Sequence[bytes] = (),
    letter: CameAs | None = None,
    joins: UUID | None = None,
    is_told: bool = True,
    by: Actor,
    at: datetime,
) -> UUID:
    """Take in a report; return its id. It opens a case, or joins the one that is being looked at, or a given one.

    `letter` is what it came as; who is not told gets no acknowledgement. It belongs to the customer whose address was
    given, otherwise to an id of its own. Raises Refusal:
    `address-malformed`, `abuse.no_words`, `abuse.too_many_words`, `abuse.too_many_pictures`.
    """
    address = normalised(address) if address.strip() else ""
    known = find_by_address(address) if address else None
    reporter = known if known is not None and is_customer(known) else None
    row = AbuseReport(
        case=AbuseCase.objects.get(pk=joins) if joins else _case(meant(number), kind, at),
        subject=reporter or new_id(),
        received_at=at,
        kind=AbuseKind(kind),
        language=language,
        digest=address_digest(address) if address else b"",
        named=require_text(number),
        happened=happened.strip() or None,
        said=require_text(said),
        letter=letter.id if letter else None,
        address=address or None,
        has_address=bool(address),
    )
    row.save(force_insert=True)
    _keep_all(row, pictures, letter)
    if is_told:
        answered = {"references": [letter.message_id]} if letter and letter.message_id else {}
        letters.tell_reporter(row, letters.RECEIVED, by, at, **answered)
    about(*([reporter] if reporter else []), case=row.case.public_id, pictures=len(pictures))
    return row.pk


def meant(text: str) -> UUID | None:
    """Return the number of ours that somebody means: with its country code, or without it when only one fits."""
    digits = "".join(one for one in text if one.isdigit())
    found = dict(lookups.whole(digits)) if digits else {}
    exact = found.get(f"+{digits.removeprefix('00')}")
    return exact or (next(iter(found.values())) if len(found) == 1 else None)


def undecided(number: UUID, holder: UUID) -> AbuseCase | None:
    """Return the case of a number and its customer that is being looked at, locked; in the running action."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"abuse {number}"])
    same = AbuseCase.objects.filter(number=number, subject=holder, state__in=sorted(UNDECIDED))
    return same.select_for_update().order_by("reported_at", "pk").first()


def _case(number: UUID | None, kind: AbuseKind, at: datetime) -> AbuseCase:
    holder = lookups.who_holds([number]).get(number) if number else None
    if number and holder and (found := undecided(number, holder)):
        return found
    made = AbuseCase(
        subject=holder or new_id(),
        number=number,
        kind=AbuseKind(kind),
        state=AbuseState.REPORTED,
        reported_at=at,
    )
    made.save(force_insert=True)
    return made


def _keep_all(row: AbuseReport, pictures: Sequence[bytes], letter: CameAs | None) -> None:
    if len(pictures) > MOST_PICTURES:
        raise Refusal(
            "abuse.too_many_pictures", gettext_noop("Send at most %(most)s pictures."), most=MOST_PICTURES
        )
    for picture in pictures:
        _keep(AbusePicture(report=row, size=len(picture)), picture)
    if letter:
        kept = AbusePicture(report=row, size=len(letter.content), letter=letter.id, scan=letter.scan)
        _keep(kept, letter.content)


def _keep(picture: AbusePicture, content: bytes) -> None:
    picture.save(force_insert=True)
    for place, start in enumerate(range(0, len(content), PIECE)):
        piece = RawBytes(content[start : start + PIECE])
        AbusePiece(picture=picture, subject=picture.report.subject, place=place, content=piece).save(
            force_insert=True
        )
