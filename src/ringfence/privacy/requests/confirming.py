"""Who asked? A link goes to the address on file, and whoever follows it is taken for the person. Never a copy of an ID.

From the account a fresh proof of who is signed in does the same. What can run by itself begins in the same action.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import register, rules
from ringfence.privacy.erasure.receipts import what_stays
from ringfence.privacy.ports import key_store
from ringfence.privacy.requests import actions, carrying, fees
from ringfence.privacy.requests.intake_models import RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people
from ringfence.privacy.rules import RequestKind, RequestState


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of a request that was confirmed. `word` leads to the page of a deletion."""

    request: UUID
    kind: RequestKind
    subject: UUID
    state: RequestState
    word: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose link somebody holds in hand."""

    request: UUID
    public_id: str
    kind: RequestKind
    received_at: datetime
    due_at: datetime
    asked: str
    stays: list[dict[str, Any]]


def _digest(token: str) -> bytes:
    return key_store().mac("request-link", token.encode())


def used() -> Refusal:
    """Return the refusal for a link that works no more."""
    return Refusal("link-used", gettext_noop("This link has been used already, or it is too old."))


@action("privacy.send_request_link")
def send_link(*, request: UUID, by: Actor, at: datetime, answering: Mapping[str, Said] | None = None) -> None:
    """Ask the person, by a letter to the address on file, whether it was they who asked; an earlier link stops working.

    `answering` are the facts that put it under a letter of theirs. Raises Refusal when it is confirmed, or over.
    """
    found = actions.locked(request)
    token, expires_at = _new_link(found, at)
    facts: dict[str, Said] = {
        "token": token,
        "what": found.kind,
        "received_at": found.received_at.isoformat(),
        "due_at": rules.due_at(found.received_at).isoformat(),
        "expires_at": expires_at.isoformat(),
        **stays_facts(found, at),
        **(answering or {}),
    }
    people().write(person=_whose(found), kind="request-confirm", facts=facts, by=by, at=at)
    _wait_for_person(found, at)


@action("privacy.send_request_links")
def send_links(
    *,
    wanted: Sequence[SubjectRequest],
    joined: Sequence[SubjectRequest],
    by: Actor,
    at: datetime,
    answering: Mapping[str, Said] | None = None,
) -> None:
    """Ask by one letter about several requests of a person, each with a link of its own.

    `joined` are those asked for before, which need no confirmation any more; the letter names them. Raises Refusal.
    """
    rows = [actions.locked(one.pk) for one in wanted]
    links = [_new_link(found, at) for found in rows]
    facts: dict[str, Said] = {
        "token": [token for token, _expires_at in links],
        "whats": [found.kind for found in rows],
        "received_at": [found.received_at.isoformat() for found in rows],
        "due_at": [rules.due_at(found.received_at).isoformat() for found in rows],
        "expires_at": min(expires_at for _token, expires_at in links).isoformat(),
        "joined": [found.kind for found in joined],
        **(answering or {}),
    }
    for found in rows:
        facts |= stays_facts(found, at)
    people().write(person=_whose(rows[0]), kind="requests-confirm", facts=facts, by=by, at=at)
    for found in rows:
        _wait_for_person(found, at)


def _whose(found: SubjectRequest) -> UUID:
    if found.subject is None or found.state not in {RequestState.RECEIVED, RequestState.CONFIRMING}:
        raise Refusal("request_confirmed", gettext_noop("This request needs no confirmation any more."))
    return found.subject


def _new_link(found: SubjectRequest, at: datetime) -> tuple[str, datetime]:
    """Make the link that confirms a request, in place of an earlier one; return its token and its end."""
    subject, token = _whose(found), secrets.token_urlsafe(32)
    RequestLink.objects.filter(request=found).delete()
    made = RequestLink.objects.create(
        id=new_id(),
        request=found,
        subject=subject,
        digest=_digest(token),
        made_at=at,
        expires_at=rules.link_ends(found.received_at, at),
    )
    return token, made.expires_at


def _wait_for_person(found: SubjectRequest, at: datetime) -> None:
    found.waiting_since = found.waiting_since or at
    if found.state == RequestState.RECEIVED:
        actions.move(found, RequestState.CONFIRMING)
    else:
        found.save(update_fields=["waiting_since"])
        about(_whose(found), request=public_id("req", found.pk))


def stays_facts(found: SubjectRequest, at: datetime) -> dict[str, Said]:
    """Return what a reply to a deletion lists: what stays, under which article, until when, column by column."""
    if found.kind != RequestKind.DELETE or found.subject is None:
        return {}
    kept = what_stays(found.subject, at)
    titles = {holder.name: holder.title for holder in register.holders()}
    return {
        "stays": [titles[one["what"]] for one in kept],
        "stays_why": [str(one["why"]) for one in kept],
        "stays_until": [str(one["until"]) for one in kept],
    }


def waiting(token: str, at: datetime) -> Waiting | None:
    """Return the request that a link would confirm, or None when the link works no more."""
    row = (
        RequestLink.objects.filter(digest=_digest(token), expires_at__gt=at).select_related("request").first()
    )
    if row is None or row.request.state != RequestState.CONFIRMING:
        return None
    found = row.request
    kept = what_stays(row.subject, at) if found.kind == RequestKind.DELETE else []
    return Waiting(
        found.pk,
        public_id("req", found.pk),
        RequestKind(found.kind),
        found.received_at,
        found.due_at,
        actions.written(found),
        kept,
    )


@action("privacy.use_request_link")
def use_link(*, token: str, by: Actor, at: datetime) -> Begun:
    """Confirm a request by the link from the letter, and begin what can run by itself. Raises Refusal `link-used`."""
    rows = RequestLink.objects.filter(digest=_digest(token), expires_at__gt=at)
    row = rows.select_for_update().first()
    if row is None:
        raise used()
    about(row.subject, request=public_id("req", row.request_id))
    return _approved(row.request_id, row.subject, "link", by, at)


@action("privacy.confirm_request")
def confirm(*, request: UUID, by: Actor, at: datetime, seen: int | None = None) -> Begun:
    """Confirm one's own request, signed in with a fresh proof, and begin what can run by itself. Raises Refusal.

    `seen` is how many repeats there were when the person read what it says: nobody confirms what came since.
    """
    found = actions.locked(request)
    if found.subject is None or by.kind is not Kind.CUSTOMER or by.person != found.subject:
        raise Refusal("request_not_yours", gettext_noop("Only the person who asked can confirm a request."))
    if seen is not None and seen != found.repeats:
        raise Refusal(
            "request_changed",
            gettext_noop("It was asked for once more meanwhile. Read what it says now, and then confirm it."),
        )
    about(found.subject, request=public_id("req", found.pk))
    return _approved(found.pk, found.subject, "account", by, at)


def confirm_shown(*, request: UUID, means: str, by: Actor, at: datetime) -> Begun:
    """Take a request as confirmed by a caller who has been shown to be the person, in the running action."""
    found = actions.locked(request)
    return _approved(found.pk, _whose(found), means, by, at)


def _approved(request: UUID, subject: UUID, means: str, by: Actor, at: datetime) -> Begun:
    """Approve and begin. A copy with a fee that is not accepted yet is announced instead, and waits."""
    found = actions.locked(request)
    if found.state != RequestState.APPROVED:
        fee = fees.announce(request=request, by=by, at=at)
        if fee is not None and not fees.is_accepted(request):
            return Begun(request, RequestKind(found.kind), subject, RequestState(found.state), "")
        actions.approve(request=request, means=means, by=by, at=at)
    word = carrying.begin(found.kind, request=request, subject=subject, by=by, at=at)
    after = SubjectRequest.objects.get(pk=request)
    return Begun(request, RequestKind(found.kind), subject, RequestState(after.state), word)


@action("privacy.sweep_request_links")
def sweep_links(*, by: Actor, at: datetime) -> int:
    """Forget links that are too old; return how many."""
    nothing_happened()
    return RequestLink.objects.filter(expires_at__lte=at).delete()[0]
