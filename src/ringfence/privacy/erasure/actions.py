"""Erasing people: begun for one, carried out step by step for one or for many at once (clause 2.9).

What a step does is in `steps`. Here is how an erasure begins, how all its steps are done, and what happens when the
search after them still finds somebody.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.privacy import register, rules
from ringfence.privacy.erasure import queues, receipts, search, steps
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.erasure.steps import classes_to_destroy, remember, remove_again
from ringfence.privacy.erasure.values import values_of
from ringfence.privacy.keys import keyring
from ringfence.privacy.moments import from_then_on
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, ErasureStep, RequestKind, RequestState

__all__ = [
    "ErasureIncomplete",
    "ask",
    "begin",
    "classes_to_destroy",
    "proceed",
    "proceed_all",
    "proceed_with_others",
    "remember",
    "remove_again",
    "take_step",
    "watch_digest",
]

log = structlog.get_logger(__name__)

PAUSES: Final = (1.0, 2.0, 4.0)
"""Seconds before the search looks again: what the release asked of others, such as the switch, takes a moment."""

AT_ONCE: Final = 200
"""Erasures whose steps are done together: one transaction a step, and one pass over everything for the search."""

Values = Mapping[UUID, Collection[str]]


class ErasureIncomplete(RuntimeError):
    """The search still found people somewhere; their erasure goes on when that is removed."""

    def __init__(self, found: Mapping[UUID, search.Searched]) -> None:
        places = sorted({place for one in found.values() for place in one.places})
        super().__init__(f"still found in {', '.join(places)}")


@action("privacy.ask_erasure")
def ask(*, subject: UUID, channel: Channel, by: Actor, at: datetime) -> str:
    """Open the request of somebody who has just proved who they are, approve it and begin, all at once or not at all.

    Returns the word of `begin`. Asking again while it is under way gives a new word.
    """
    nothing_happened()
    under_way = Erasure.objects.filter(subject=subject).values_list("request_id", flat=True).first()
    if under_way is not None:
        return begin(subject=subject, request=under_way, by=by, at=at)
    made = requests.open_request(subject=subject, kind=RequestKind.DELETE, channel=channel, by=by, at=at)
    if made.state != RequestState.APPROVED:
        requests.approve(request=made.pk, by=by, at=at)
    return begin(subject=subject, request=made.pk, by=by, at=at)


@action("privacy.begin_erasure")
def begin(*, subject: UUID, request: UUID | None, by: Actor, at: datetime) -> str:
    """Set the tombstone: the person is signed out everywhere, nothing new may be done for them, and the work begins.

    Returns the unguessable word of the address where the person can follow it; it is not stored. Beginning again
    gives a new word for the same erasure.
    """
    word = secrets.token_urlsafe(24)
    watch = {"watch_digest": watch_digest(word), "watch_until": at + timedelta(days=rules.WATCH_DAYS)}
    found, made = Erasure.objects.select_for_update().get_or_create(
        subject=subject, defaults={"request_id": request, "begun_at": at, **watch}
    )
    if made:
        about(subject, erasure=public_id("req", request) if request else "without a request")
        register.on_tombstone(subject=subject, by=by, at=at)
    else:
        Erasure.objects.filter(pk=found.pk).update(**watch)
        nothing_happened()
    queues.put_into_queue(found.pk)
    return word


def watch_digest(word: str) -> bytes:
    """Return what is stored of the word in somebody's address."""
    return hashlib.sha256(word.encode()).digest()


def proceed(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Do all steps of an erasure that are left; return where it stands. Raises ErasureIncomplete."""
    proceed_all(erasures=[erasure], by=by, at=at)
    return ErasureStep(Erasure.objects.values_list("step", flat=True).get(pk=erasure))


def proceed_with_others(*, erasure: UUID, by: Actor, at: datetime) -> bool:
    """Do all steps of an erasure, together with others that wait to begin. Raises ErasureIncomplete.

    One process does this at a time: another would find people between two steps, whose values only the first knows.
    Returns whether it was done; else another is at work, and the erasure is put into the queue for a little later.
    Trouble with the others leaves them to their own turn.
    """
    with queues.one_at_a_time() as is_free:
        if not is_free:
            queues.put_into_queue(erasure, seconds=queues.COME_BACK)
            return False
        early = (ErasureStep.HOLDS, ErasureStep.RELEASE)
        waiting = Erasure.objects.filter(step__in=early).exclude(subject=None)
        others = waiting.exclude(pk=erasure).order_by("begun_at", "pk").values_list("pk", flat=True)
        together = [erasure, *others[: AT_ONCE - 1]]
        try:
            proceed_all(erasures=together, by=by, at=at)
        except ErasureIncomplete:
            raise
        except Exception as trouble:
            if len(together) == 1:
                raise
            log.warning("erasure.one_by_one", trouble=type(trouble).__name__)
            proceed(erasure=erasure, by=by, at=at)
        return True


def proceed_all(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Do all steps that are left of some erasures, together. Raises ErasureIncomplete when the search finds somebody.

    The people's plain values are gathered first and held in memory, for the search; after a crash past the keys
    they are gone for good, and the search is for the id, and for every place that an earlier search had found.
    Each step is done at its own moment: `at` is that of the first.
    """
    now = from_then_on(at)
    try:
        values = _values_of(erasures)
        for step in rules.ERASURE_STEPS[: rules.ERASURE_STEPS.index(ErasureStep.VERIFY)]:
            take_step(erasures=erasures, step=step, values=values, by=by, at=now())
        left = _search_until_gone(erasures, values, by, now)
        take_step(erasures=erasures, step=ErasureStep.RECEIPT, values=values, by=by, at=now())
        receipts.prove_all(erasures=erasures, by=by, at=now())
        if left:
            raise ErasureIncomplete(left)
    finally:
        keyring.forget()


def take_step(
    *, erasures: Collection[UUID], step: ErasureStep, values: Values, by: Actor, at: datetime
) -> dict[UUID, search.Searched]:
    """Do a step of those erasures that are at it; return, by erasure, where the search found somebody."""
    plain = {
        ErasureStep.HOLDS: steps.see_holds,
        ErasureStep.RELEASE: steps.release,
        ErasureStep.KEYS: steps.destroy_keys,
        ErasureStep.ROWS: steps.remove_rows,
        ErasureStep.QUEUES: steps.empty_queues,
    }
    try:
        if step is ErasureStep.VERIFY:
            return steps.verify(erasures=erasures, values=values, by=by, at=at)
        if step is ErasureStep.RECEIPT:
            receipts.give(erasures=erasures, by=by, at=at)
        elif step in plain:
            plain[step](erasures=erasures, by=by, at=at)
    finally:
        keyring.forget()
    return {}


def _values_of(erasures: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return what is still known of people whose keys are still there, by erasure."""
    early = (ErasureStep.HOLDS, ErasureStep.RELEASE, ErasureStep.KEYS)
    rows = Erasure.objects.filter(pk__in=[*erasures], step__in=early).exclude(subject=None)
    people = {subject: erasure for subject, erasure in rows.values_list("subject", "pk") if subject}
    return {people[subject]: values for subject, values in values_of(people).items()}


def _search_until_gone(
    erasures: Collection[UUID], values: Values, by: Actor, now: Callable[[], datetime]
) -> dict[UUID, search.Searched]:
    """Search, remember and remove what was found, and search again; return what is found at the last time still."""
    left = take_step(erasures=erasures, step=ErasureStep.VERIFY, values=values, by=by, at=now())
    for pause in (*PAUSES, None):
        if not left:
            break
        for erasure, found in left.items():
            log.warning("erasure.incomplete", reason=", ".join(found.places))
            remember(erasure=erasure, traces=found.traces, by=by, at=now())
        if pause is None:
            break
        time.sleep(pause)
        for erasure in left:
            remove_again(erasure=erasure, by=by, at=now())
        left = take_step(erasures=list(left), step=ErasureStep.VERIFY, values=values, by=by, at=now())
    return left
