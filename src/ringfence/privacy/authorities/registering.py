"""A demand comes in: entered with its paper, its scope and the authority's key, before anybody judges (clause 3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, new_id, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, scope
from ringfence.privacy.authorities.models import AuthorityDemand, DemandPiece, DemandTarget
from ringfence.privacy.authorities.ports import closer
from ringfence.privacy.authorities.rules import (
    LARGEST_PAPER,
    AuthoritySort,
    DemandKind,
    DemandState,
    require_words,
)
from ringfence.privacy.authorities.scope import Scope, Target
from ringfence.privacy.sealed import RawBytes

A_PIECE: Final = 1024 * 1024
PAPERS: Final = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
"""How a paper begins that can be looked at later: a PDF, or a picture of it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What an authority has sent, in its own words. `key` is empty where nothing is to be handed over."""

    kind: DemandKind
    sort: AuthoritySort
    authority: str
    reference: str
    legal_basis: str
    named: str
    key: str
    key_checked: str
    received_at: datetime
    deadline: datetime
    content: bytes
    follows: str = ""


@action("authorities.receive")
def receive(*, paper: Paper, asked: Scope, targets: Sequence[Target], by: Actor, at: datetime) -> UUID:
    """Enter a demand; nothing follows from that alone. It may find nobody: then it can only be refused.

    Raises Refusal for a scope without end, a key that is none, a paper that cannot be read, and for who may not.
    """
    hands.hand_of(by)
    scope.require_sound(asked)
    _require_paper(paper, at)
    demand = new_id()
    made = AuthorityDemand(
        subject=demand,
        kind=DemandKind(paper.kind),
        sort=AuthoritySort(paper.sort),
        authority=require_words(paper.authority),
        reference=require_words(paper.reference),
        legal_basis=require_words(paper.legal_basis),
        named=require_words(paper.named),
        follows=_followed(paper.follows),
        key=paper.key.strip(),
        key_checked=paper.key_checked.strip() or None,
        fields=sorted(asked.fields),
        since=asked.since,
        until=asked.until,
        state=DemandState.RECEIVED,
        received_at=paper.received_at,
        entered_at=at,
        deadline=paper.deadline,
        people=len({one.person for one in targets}),
    )
    made.save(force_insert=True)
    for target in _each_once(targets):
        _target(made, target).save(force_insert=True)
    store(made, DemandPiece.PAPER, paper.content)
    hands.note(made, kind=made.kind, fields=len(made.fields), people=made.people)
    return made.pk


def store(row: AuthorityDemand, what: str, content: bytes) -> None:
    """Store a paper, or a package, sealed and in pieces."""
    pieces = [content[start : start + A_PIECE] for start in range(0, len(content), A_PIECE)]
    DemandPiece.objects.bulk_create(
        DemandPiece(demand=row, subject=row.subject, what=what, number=number, content=RawBytes(piece))
        for number, piece in enumerate(pieces)
    )


def _each_once(targets: Sequence[Target]) -> list[Target]:
    return list({(one.person, one.number): one for one in targets}.values())


def _target(row: AuthorityDemand, target: Target) -> DemandTarget:
    number = target.number.hex if target.number else ""
    return DemandTarget(
        demand=row,
        subject=row.subject,
        covers=hands.digest_of(target.person, target.number),
        who={"person": target.person.hex, "number": number, "named": target.named},
    )


def _require_paper(paper: Paper, at: datetime) -> None:
    if not paper.content.startswith(PAPERS):
        raise Refusal("demand.no_paper", gettext_noop("Add the paper itself: a PDF, or a picture of it."))
    if len(paper.content) > LARGEST_PAPER:
        raise Refusal(
            "demand.paper_too_large", gettext_noop("The paper is too large: ten megabytes at most.")
        )
    if paper.received_at > at:
        raise Refusal("demand.not_yet", gettext_noop("A demand cannot have come in later than now."))
    if paper.deadline <= paper.received_at:
        raise Refusal(
            "demand.deadline", gettext_noop("The deadline has to lie after the day on which it came in.")
        )
    if paper.kind != DemandKind.HANDING_OVER:
        return
    if not closer().is_key(paper.key.strip()):
        raise Refusal(
            "demand.no_key",
            gettext_noop("This is not a public key. Copy it whole, from “age1” to its last letter."),
        )
    require_words(paper.key_checked)


def _followed(case: str) -> str:
    """Return the earlier case that a demand follows. Raises Refusal for one that is not there."""
    if not case.strip():
        return ""
    try:
        key = parse(case, "dmd")
    except NotAPublicId:
        key = None
    if key is None or not AuthorityDemand.objects.filter(pk=key).exists():
        raise Refusal("demand.follows_nothing", gettext_noop("There is no such earlier case."))
    return case.strip()
