"""The customer's side of papers: asked for after paying, sent as pictures, given up.

An order whose papers are open stays paid, and its number stays kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
from ringfence.privacy.guarded import require_action
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import RawBytes
from ringfence.shop.actions.keeping import is_another_orders, let_kept_number_go
from ringfence.shop.actions.orders import advance, key_of, locked, unknown
from ringfence.shop.actions.refunds import owe
from ringfence.shop.buyers import buys_nothing
from ringfence.shop.models import Order, Paper, PaperPiece, Papers
from ringfence.shop.paper_pictures import drawn_anew
from ringfence.shop.paper_rules import (
    HOLD_ON,
    KEPT_AFTER,
    MOST_OF_A_KIND,
    OPEN,
    REASONS,
    SEND_WITHIN,
    PaperEvent,
    PaperState,
    move_papers,
)
from ringfence.shop.rules import OrderEvent, OrderState
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import holding

PIECE: Final = 256 * 1024
"""Bytes of a picture that are sealed together."""


def want(row: Order, by: Actor, at: datetime) -> bool:
    """Ask for the papers that a paid order's number needs, in the running action, and keep the number on.

    False when it needs none, or can no longer be kept.
    """
    require_action("papers")
    offer = telephony.offer(row.number) if row.number else None
    if offer is None or not offer.documents or row.subject is None or buys_nothing(row.subject):
        return False
    if is_another_orders(row):
        return False
    try:
        holding.hold_on(number=offer.id, subject=row.subject, until=at + HOLD_ON, by=by, at=at)
    except Refusal:
        return False
    papers = Papers(order=row, subject=row.subject, kinds=list(offer.documents), state=PaperState.WANTED)
    papers.asked_at, papers.due_at = at, at + SEND_WITHIN
    papers.save(force_insert=True)
    tell(row, "papers-wanted", by, at, kinds=papers.kinds, due_at=papers.due_at.isoformat())
    return True


def tell(row: Order, kind: str, by: Actor, at: datetime, **facts: str | bool | list[str]) -> None:
    """Queue a letter about the papers of an order, unless the customer is leaving."""
    if row.subject is None or row.e164 is None or privacy.being_erased(row.subject):
        return
    said = {
        "order": public_id("ord", row.pk),
        "number": row.e164.open(),
        "kept_days": str(KEPT_AFTER.days),
        **facts,
    }
    queue_letter(kind=kind, person=row.subject, facts=said, by=by, at=at)


def papers_of(row: Order) -> Papers:
    """Return the papers of an order, locked. Raises Refusal `order.unknown` when it needs none."""
    everything = all_papers_of(row.subject) if row.subject else []
    found = next((one for one in everything if one.order_id == row.pk), None)
    if found is None:
        raise unknown()
    return found


def all_papers_of(subject: UUID) -> list[Papers]:
    """Lock all papers of a person, in the same order each time: one key seals them, and it changes under this lock.

    A key that was read before is forgotten, since it may have been destroyed while the lock was waited for.
    """
    require_action("papers")
    found = list(Papers.objects.select_for_update().filter(subject=subject).order_by("pk"))
    keyring.forget()
    return found


def send(*, order: str, pictures: Mapping[str, Sequence[bytes]], by: Actor, at: datetime) -> None:
    """Take in pictures of every kind of paper that is needed; earlier ones are replaced.

    They are drawn anew before the order is locked. Raises Refusal: `papers.cannot_move`, `papers.missing`,
    `papers.too_many`, and those of `drawn_anew`.
    """
    if any(len(of_a_kind) > MOST_OF_A_KIND for of_a_kind in pictures.values()):
        raise Refusal("papers.too_many", gettext_noop("Send two pictures of each document at most."))
    drawn = {kind: [drawn_anew(content) for content in sent] for kind, sent in pictures.items()}
    _take_in(order=order, pictures=drawn, by=by, at=at)


@action("papers.send")
def _take_in(*, order: str, pictures: Mapping[str, Sequence[bytes]], by: Actor, at: datetime) -> None:
    row = locked(key_of(order))
    if by.kind is not Kind.CUSTOMER or by.person != row.subject or row.subject is None:
        raise unknown()
    papers = papers_of(row)
    papers.state = move_papers(papers.state, PaperEvent.SEND)
    if set(papers.kinds) != {kind for kind, sent in pictures.items() if sent}:
        raise Refusal("papers.missing", gettext_noop("Send a picture of each document that is asked for."))
    PaperPiece.objects.filter(paper__papers=papers).delete()
    Paper.objects.filter(papers=papers).delete()
    for kind in papers.kinds:
        for content in pictures[kind]:
            _keep(papers, kind, content, at)
    papers.sent_at, papers.due_at = at, None
    papers.save()
    if row.number is not None:
        holding.hold_on(number=row.number, subject=row.subject, until=at + HOLD_ON, by=by, at=at)
    about(row.subject, order=public_id("ord", row.pk), pictures=sum(map(len, pictures.values())))


def _keep(papers: Papers, kind: str, picture: bytes, at: datetime) -> None:
    paper = Paper(papers=papers, kind=kind, size=len(picture), sent_at=at)
    paper.save(force_insert=True)
    for place, start in enumerate(range(0, len(picture), PIECE)):
        content = RawBytes(picture[start : start + PIECE])
        PaperPiece(paper=paper, subject=papers.subject, place=place, content=content).save(force_insert=True)


@action("papers.give_up")
def give_up(*, order: str, by: Actor, at: datetime) -> None:
    """Cancel a paid order whose papers are open, as its customer may at any time: all of the money goes back."""
    row = locked(key_of(order))
    if by.kind is not Kind.CUSTOMER or by.person != row.subject:
        raise unknown()
    end_unprovided(row, papers_of(row), PaperEvent.STOP, "given-up", by, at)


def end_unprovided(row: Order, papers: Papers, event: PaperEvent, why: str, by: Actor, at: datetime) -> None:
    """End an order that was paid and never provided, in the running action: the number is free, the money goes back."""
    papers.state, papers.due_at, papers.decided_at = move_papers(papers.state, event), None, at
    papers.save()
    let_kept_number_go(row, by, at)
    advance(row, OrderEvent.CANCEL, at)
    row.save(update_fields=["state", "filed_by_staff"])
    amount = Money(row.gross_minor or 0, row.currency)
    if not amount.is_zero:
        owe(row, amount, at)
    said = papers.explanation.open() if papers.explanation is not None and event is PaperEvent.DENY else ""
    reason = str(REASONS[papers.reason]) if event is PaperEvent.DENY else ""
    facts = {"why": why, "amount": str(amount), "reason": reason, "explanation": str(said)}
    tell(row, "papers-ended", by, at, **facts, filed_by_staff=row.filed_by_staff)
    about(*([row.subject] if row.subject else []), order=public_id("ord", row.pk), state=str(papers.state))


def stop(row: Order, by: Actor, at: datetime) -> None:
    """Let a paid order's open papers and kept number go, in the running action, when the order ends otherwise."""
    papers = Papers.objects.select_for_update().filter(order=row, state__in=sorted(OPEN)).first()
    if papers is not None:
        papers.state, papers.due_at = move_papers(papers.state, PaperEvent.STOP), None
        papers.decided_at = at
        papers.save()
    if row.state == OrderState.PAID:
        let_kept_number_go(row, by, at)
