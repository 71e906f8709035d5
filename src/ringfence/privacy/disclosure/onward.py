"""Whoever got data hears of its change and its deletion (GDPR art. 19), and a recipient that is silent stays a task.

The rows are made in the action of the change, or in the one that sets the tombstone: whatever is killed afterwards,
they are there. No recipient of an entry has an address that software writes to, so that a person tells it; of what is
passed on every day the adapters take care. An authority that inquires into one case is no recipient in the law's sense
(art. 4(9)), and what it holds is not ours to have corrected.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import recipients, register
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import PassedOn
from ringfence.privacy.disclosure.rules import ANSWER_WITHIN, Cause
from ringfence.privacy.recipients import Part

TOLD_BY_LAW = frozenset({Part.GROUP, Part.CONTROLLER, Part.PROCESSOR})


def _to_be_told(subject: UUID) -> "QuerySet[Disclosure]":
    keys = [one.key for one in recipients.known() if one.part in TOLD_BY_LAW]
    return Disclosure.objects.filter(subject=subject, recipient__in=keys)


def pass_change_on(*, subject: UUID, changed: Collection[str], by: Actor, at: datetime) -> None:
    """Note for each recipient that got one of these fields that it has to hear of the change."""
    for row in _to_be_told(subject).filter(fields__overlap=sorted(changed)):
        fields = sorted(set(row.fields) & set(changed))
        found, made = PassedOn.objects.get_or_create(
            disclosure=row.pk, cause=Cause.CHANGE, answered_at=None, defaults=_of(row, fields, at)
        )
        if not made:
            PassedOn.objects.filter(pk=found.pk).update(fields=sorted({*found.fields, *fields}))


def pass_erasure_on(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Note for each recipient that it has to delete what it got; changes it was to hear of are overtaken by that."""
    rows = list(_to_be_told(subject))
    PassedOn.objects.filter(
        disclosure__in=[row.pk for row in rows], cause=Cause.CHANGE, answered_at=None
    ).delete()
    made = [
        PassedOn.objects.get_or_create(
            disclosure=row.pk, cause=Cause.ERASURE, answered_at=None, defaults=_of(row, row.fields, at)
        )[1]
        for row in rows
    ]
    return sum(made)


def _of(row: Disclosure, fields: Collection[str], at: datetime) -> dict[str, Any]:
    return {
        "recipient": row.recipient,
        "name": str(row.name.open()),
        "fields": list(fields),
        "caused_at": at,
        "due_at": at + ANSWER_WITHIN,
    }


@action("privacy.note_answer_of_recipient")
def answered(*, passed_on: UUID, by: Actor, at: datetime) -> None:
    """Note that a recipient has said it followed; a repeat changes nothing. Raises Refusal when it is not there."""
    row = _row(passed_on)
    if row.answered_at is not None:
        nothing_happened()
        return
    PassedOn.objects.filter(pk=row.pk).update(answered_at=at, answered_by=str(by))
    about(passed_on=row.public_id, reference=row.reference)


@action("privacy.undo_answer_of_recipient")
def not_answered(*, passed_on: UUID, by: Actor, at: datetime) -> None:
    """Take back that a recipient has answered. Raises Refusal when it was asked again meanwhile."""
    row = _row(passed_on)
    if row.answered_at is None:
        nothing_happened()
        return
    if PassedOn.objects.filter(disclosure=row.disclosure, cause=row.cause, answered_at=None).exists():
        raise Refusal(
            "asked_again", gettext_noop("The recipient was asked again meanwhile: that stays open anyway.")
        )
    PassedOn.objects.filter(pk=row.pk).update(answered_at=None, answered_by="")
    about(passed_on=row.public_id, reference=row.reference)


def _row(passed_on: UUID) -> PassedOn:
    found = PassedOn.objects.select_for_update().filter(pk=passed_on).first()
    if found is None:
        raise Refusal("not_there", gettext_noop("This is not there any more. Look at the list again."))
    return found


def enter() -> None:
    """Enter the two ways in which a recipient comes to hear of something."""
    fields = {name for one in recipients.known() if one.part in TOLD_BY_LAW for name in one.may_get()}
    register.add_place("privacy.recipients", fields, pass_change_on)
    register.add_on_tombstone(pass_erasure_on)
