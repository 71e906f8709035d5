"""The form on the contact page, and letters that ask the same: no account is needed (clauses 4.2 and 7.2).

Nobody learns from it whose address is known. What was typed or written is taken in without looking. The worker looks
afterwards and writes a letter, which only the owner of the address reads; the clock began when the form was sent, or
when the letter came.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import rules
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.requests import actions, confirming, refusing
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people, way_to_what_is_kept
from ringfence.privacy.rules import Channel, RequestKind, RequestState


@action("privacy.take_request_form")
def take_in(  # noqa: PLR0913 - each is a part of a form
    *,
    kinds: Sequence[RequestKind],
    address: str,
    asked: str,
    language: str,
    by: Actor,
    at: datetime,
    channel: Channel = Channel.FORM,
    message_id: str = "",
) -> None:
    """Take in a form, or a letter that asks for one or several things; ours then answers the letter of that id.

    Always the same work, whoever the address belongs to. Raises Refusal for a malformed address.
    """
    email = people().as_compared(address)
    form = RequestForm(
        subject=new_id(),
        kind=",".join(kinds),
        channel=channel,
        language=language,
        asked_at=at,
        email=email,
        asked=asked.strip()[: actions.LONGEST] or None,
        message_id=message_id or None,
    )
    form.save(force_insert=True)
    about(kind=form.kind)
    app.configure_task("privacy.answer_request_form").defer(form=str(form.pk))


@action("privacy.answer_request_form")
def answer(*, form: UUID, by: Actor, at: datetime) -> None:
    """Look whose address it is: open the requests and ask the person by one letter, or say we know no such address.

    One that comes while the same is being refused, because nobody confirmed it, waits for that: it is a request of its
    own then, with the whole of its time. Doing it again does nothing.
    """
    row = RequestForm.objects.select_for_update().filter(pk=form).first()
    if row is None:
        nothing_happened()
        return
    email = str(row.email.open())
    person = people().customer_at(email)
    if person is not None and any(refusing.is_about_to_end(person, kind) for kind in row.kinds):
        nothing_happened()
        return
    about(kind=row.kind, found=person is not None)
    if person is None or not _opened(row, person, by, at):
        people().write_to(
            address=email,
            language=row.language,
            kind="request-unknown",
            facts={
                "what": row.kinds[0],
                "whats": list(row.kinds),
                "received_at": row.asked_at.isoformat(),
                **_answering(row),
                "token": way_to_what_is_kept(email, at),
            },
            by=by,
            at=at,
        )
    _forget(row, by, at)


def _opened(row: RequestForm, person: UUID, by: Actor, at: datetime) -> bool:
    """Open or join the person's requests and ask for their confirmation; False when they are being erased."""
    asked = str(row.asked.open() or "") if row.asked is not None else ""
    try:
        found = _open_all(person, row.kinds, Channel(row.channel), asked, row.asked_at, by, at)
    except Refusal:
        return False
    _acknowledge(found, person, _answering(row), by, at)
    return True


def _answering(row: RequestForm) -> dict[str, Said]:
    """Return what puts our letter under the one it acknowledges; nothing for a form."""
    named = str(row.message_id.open() or "") if row.message_id is not None else ""
    return {"references": [named]} if named else {}


def _open_all(
    person: UUID,
    kinds: Sequence[RequestKind],
    channel: Channel,
    asked: str,
    received_at: datetime,
    by: Actor,
    at: datetime,
) -> list[SubjectRequest]:
    return [
        actions.open_request(
            subject=person, kind=kind, channel=channel, received_at=received_at, asked=asked, by=by, at=at
        )
        for kind in kinds
    ]


@action("privacy.take_request_written")
def take_in_account(
    *,
    subject: UUID,
    address: str,
    kinds: Sequence[RequestKind],
    asked: str,
    language: str,
    by: Actor,
    at: datetime,
) -> list[UUID]:
    """Open what a signed-in person plainly asks for in a message; return the requests that can be confirmed at once.

    They get the same letter as by mail; a fresh proof in the account does what its link does. What asks for the same
    while it is being refused waits for that, as a form with their `address` does. Nothing for whoever is being erased.
    """
    nothing_happened()
    waits = [kind for kind in kinds if refusing.is_about_to_end(subject, kind)]
    if waits:
        take_in(
            kinds=waits,
            address=address,
            asked=asked,
            language=language,
            channel=Channel.ACCOUNT,
            by=by,
            at=at,
        )
    at_once = [kind for kind in kinds if kind not in waits]
    try:
        found = _open_all(subject, at_once, Channel.ACCOUNT, asked, at, by, at) if at_once else []
    except Refusal:
        return []
    if found:
        _acknowledge(found, subject, {}, by, at)
    return [one.pk for one in found if one.state != RequestState.APPROVED]


def _acknowledge(
    found: Sequence[SubjectRequest], person: UUID, answering: Mapping[str, Said], by: Actor, at: datetime
) -> None:
    """Write one letter to the address on file: what we received, until when it is done, and links to confirm it."""
    wanted = [one for one in found if one.state in {RequestState.RECEIVED, RequestState.CONFIRMING}]
    joined = [one for one in found if one not in wanted]
    if not wanted:
        facts: dict[str, Said] = {
            "what": joined[0].kind,
            "whats": [one.kind for one in joined],
            "received_at": min(one.received_at for one in joined).isoformat(),
            "due_at": min(rules.due_at(one.received_at) for one in joined).isoformat(),
            **answering,
        }
        people().write(person=person, kind="request-joined", facts=facts, by=by, at=at)
    elif len(found) == 1:
        confirming.send_link(request=wanted[0].pk, answering=answering, by=by, at=at)
    else:
        confirming.send_links(wanted=wanted, joined=joined, answering=answering, by=by, at=at)


def _forget(row: RequestForm, by: Actor, at: datetime) -> None:
    """Delete what was typed, with its keys."""
    RequestForm.objects.filter(pk=row.pk).delete()
    keys.destroy(subject=row.subject, classes=frozenset(RetentionClass), by=by, at=at)


def unanswered(before: datetime) -> list[UUID]:
    """Return forms that nobody has answered since a moment, the longest waiting first."""
    rows = RequestForm.objects.filter(asked_at__lte=before).order_by("asked_at", "pk")
    return list(rows.values_list("pk", flat=True)[:200])


def unanswered_letters(before: datetime) -> int:
    """Return how many letters that ask for something nobody has answered since a moment."""
    return RequestForm.objects.filter(asked_at__lte=before, channel=Channel.MAIL).count()
