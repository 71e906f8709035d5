"""The form on the contact page, and letters that ask the same: no account is needed (clauses 4.2 and 7.2).

Nobody learns from it whose address is known. What was typed or written is taken in without looking. The worker looks
afterwards and writes a letter, which only the owner of the address reads; the clock began when the form was sent, or
when the letter came.
"""

from datetime import datetime
from uuid import UUID

from procrastinate.contrib.django import app

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.requests import actions, confirming, refusing
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import Channel, RequestKind, RequestState


@action("privacy.take_request_form")
def take_in(
    *,
    kind: RequestKind,
    address: str,
    asked: str,
    language: str,
    by: Actor,
    at: datetime,
    channel: Channel = Channel.FORM,
) -> None:
    """Take in a form. Always the same work, whoever the address belongs to. Raises Refusal for a malformed address."""
    email = people().as_compared(address)
    form = RequestForm(
        subject=new_id(),
        kind=kind,
        channel=channel,
        language=language,
        asked_at=at,
        email=email,
        asked=asked.strip()[: actions.LONGEST] or None,
    )
    form.save(force_insert=True)
    about(kind=str(kind))
    app.configure_task("privacy.answer_request_form").defer(form=str(form.pk))


@action("privacy.answer_request_form")
def answer(*, form: UUID, by: Actor, at: datetime) -> None:
    """Look whose address it is: open the request and ask the person by letter, or say that we know no such address.

    One that comes while the same is being refused, because nobody confirmed it, waits for that: it is a request of its
    own then, with the whole of its time. Doing it again does nothing.
    """
    row = RequestForm.objects.select_for_update().filter(pk=form).first()
    if row is None:
        nothing_happened()
        return
    email = str(row.email.open())
    person = people().customer_at(email)
    if person is not None and refusing.is_about_to_end(person, row.kind):
        nothing_happened()
        return
    about(kind=row.kind, found=person is not None)
    if person is None or not _opened(row, person, by, at):
        people().write_to(
            address=email,
            language=row.language,
            kind="request-unknown",
            facts={"what": row.kind, "received_at": row.asked_at.isoformat()},
            by=by,
            at=at,
        )
    _forget(row, by, at)


def _opened(row: RequestForm, person: UUID, by: Actor, at: datetime) -> bool:
    """Open or join the person's request and ask for its confirmation; False when they are being erased."""
    try:
        found = actions.open_request(
            subject=person,
            kind=RequestKind(row.kind),
            channel=Channel(row.channel),
            received_at=row.asked_at,
            asked=str(row.asked.open() or "") if row.asked is not None else "",
            by=by,
            at=at,
        )
    except Refusal:
        return False
    if found.state in {RequestState.RECEIVED, RequestState.CONFIRMING}:
        confirming.send_link(request=found.pk, by=by, at=at)
    else:
        facts = {"what": found.kind, "received_at": found.received_at.isoformat()}
        people().write(person=person, kind="request-joined", facts=facts, by=by, at=at)
    return True


def _forget(row: RequestForm, by: Actor, at: datetime) -> None:
    """Delete what was typed, with its keys."""
    RequestForm.objects.filter(pk=row.pk).delete()
    keys.destroy(subject=row.subject, classes=frozenset(RetentionClass), by=by, at=at)


def unanswered(before: datetime) -> list[UUID]:
    """Return forms that nobody has answered since a moment, the longest waiting first."""
    rows = RequestForm.objects.filter(asked_at__lte=before).order_by("asked_at", "pk")
    return list(rows.values_list("pk", flat=True)[:200])
