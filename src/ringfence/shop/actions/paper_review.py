"""The staff's side of papers: looked at for a purpose, approved or refused, destroyed when their time is over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.accounts.queries import Profile, profile_of
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_watch.removing import Channel, without
from ringfence.privacy.sealed import RawBytes
from ringfence.shop.actions.orders import key_of, locked, note, unknown
from ringfence.shop.actions.papers import all_papers_of, end_unprovided, papers_of, tell
from ringfence.shop.actions.payments import provide
from ringfence.shop.buyers import require_open
from ringfence.shop.models import Order, Paper, PaperPiece, Papers
from ringfence.shop.paper_rules import (
    KEPT_AFTER,
    REASONS,
    SEND_WITHIN,
    TO_BE_SENT,
    PaperEvent,
    RefusalReason,
    move_papers,
)

REVIEWERS = (Role.SUPPORT, Role.PRIVACY)
LONGEST_EXPLANATION = 600


def _require_reviewer(by: Actor) -> None:
    if not by.has(*REVIEWERS):
        raise unknown()


@action("papers.look_at")
def look_at(*, order: str, by: Actor, at: datetime) -> Profile:
    """Open the page on which papers are compared with the account; the customer reads of it (clause 2.1)."""
    _require_reviewer(by)
    row = Order.objects.filter(pk=key_of(order), papers__isnull=False).first()
    profile = profile_of(row.subject) if row is not None and row.subject else None
    if row is None or row.subject is None or profile is None:
        raise unknown()
    about(row.subject, order=public_id("ord", row.pk))
    return profile


@action("papers.open_picture")
def open_picture(*, paper: UUID, by: Actor, at: datetime) -> bytes:
    """Return a picture, opened, for its owner or for staff with a purpose. Raises Refusal `order.unknown`."""
    row = Paper.objects.select_related("papers").filter(pk=paper).first()
    if row is None:
        raise unknown()
    if by.kind is Kind.CUSTOMER and by.person == row.papers.subject:
        nothing_happened()
    else:
        _require_reviewer(by)
        about(row.papers.subject, order=public_id("ord", row.papers.order_id), kind=row.kind)
    content = [piece.content.open() for piece in PaperPiece.objects.filter(paper=row).order_by("place")]
    if not content or not all(isinstance(part, bytes) for part in content):
        raise unknown()
    return b"".join(content)


@action("papers.approve")
def approve(*, order: str, by: Actor, at: datetime) -> None:
    """Approve the documents: the number is put into service, and the window for cancelling begins (clause 6.1).

    They wait while the account is about to be closed. Raises Refusal.
    """
    _require_reviewer(by)
    row = locked(key_of(order))
    require_open(row.subject)
    papers = papers_of(row)
    papers.state, papers.decided_at = move_papers(papers.state, PaperEvent.APPROVE), at
    papers.reason, papers.explanation = "", None
    papers.save()
    provide(row, by, at)
    note(row)


@action("papers.refuse")
def refuse(
    *, order: str, reason: str, explanation: str = "", for_good: bool = False, by: Actor, at: datetime
) -> None:
    """Refuse the papers with a reason, which the customer is told and can answer with new ones.

    `for_good` ends the order and sends the money back. Raises Refusal `papers.no_reason`.
    """
    _require_reviewer(by)
    row = locked(key_of(order))
    papers = papers_of(row)
    said = without(explanation.strip()[:LONGEST_EXPLANATION], channel=Channel.FORM, by=by, at=at)
    if reason not in REASONS or (reason == RefusalReason.OTHER.code and not said):
        raise Refusal(
            "papers.no_reason",
            gettext_noop("Choose a reason; where it is another one, write what the customer should do."),
        )
    papers.reason, papers.explanation = reason, said or None
    if for_good:
        end_unprovided(row, papers, PaperEvent.DENY, "denied", by, at)
        return
    papers.state, papers.due_at = move_papers(papers.state, PaperEvent.REFUSE), at + SEND_WITHIN
    papers.save()
    facts = {"reason": str(REASONS[reason]), "explanation": said, "due_at": papers.due_at.isoformat()}
    tell(row, "papers-refused", by, at, kinds=papers.kinds, **facts)
    note(row)


@action("papers.time_out")
def time_out(*, order: UUID, by: Actor, at: datetime) -> None:
    """End a paid order whose papers did not come in time; otherwise do nothing. Sent in time, they are looked at."""
    row = locked(order)
    papers = papers_of(row)
    if papers.state not in TO_BE_SENT or papers.due_at is None or at < papers.due_at:
        nothing_happened()
        return
    end_unprovided(row, papers, PaperEvent.TIME_OUT, "missed", by, at)


@action("papers.destroy")
def destroy(*, papers: UUID, by: Actor, at: datetime) -> int:
    """Destroy the papers of an order 30 days after the decision, with their key, so that no backup opens them.

    Papers of the same person that still wait are sealed anew under a fresh key. Returns how many pictures there were.
    """
    subject = Papers.objects.values_list("subject", flat=True).get(pk=papers)
    row = next(one for one in all_papers_of(subject) if one.pk == papers)
    if row.destroyed_at is not None or row.decided_at is None or at < row.decided_at + KEPT_AFTER:
        nothing_happened()
        return 0
    kept = _others(row)
    PaperPiece.objects.filter(paper__papers=row).delete()
    count = Paper.objects.filter(papers=row).delete()[0]
    row.explanation, row.destroyed_at = None, at
    row.save()
    keys.destroy(subject=row.subject, classes=frozenset({RetentionClass.PAPERS}), by=by, at=at)
    keyring.forget()
    for one, name, content in kept:
        setattr(one, name, RawBytes(content) if isinstance(content, bytes) else content)
        one.save(update_fields=[name])
    about(row.subject, order=public_id("ord", row.order_id), pictures=count)
    return count


def _others(row: Papers) -> list[tuple[PaperPiece | Papers, str, bytes | str]]:
    """Return what else is sealed with the key of a person's papers, opened, with the field it stands in."""
    pieces = PaperPiece.objects.filter(subject=row.subject).exclude(paper__papers=row).order_by("pk")
    others = Papers.objects.filter(subject=row.subject, explanation__isnull=False)
    found: list[tuple[PaperPiece | Papers, str, Any]] = [
        (one, "content", one.content.open()) for one in pieces
    ]
    found += [
        (one, "explanation", one.explanation.open() if one.explanation is not None else None)
        for one in others.exclude(pk=row.pk).order_by("pk")
    ]
    return [(one, name, content) for one, name, content in found if isinstance(content, bytes | str)]
