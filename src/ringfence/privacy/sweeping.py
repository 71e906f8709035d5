"""What a sweep makes good: lost work is found again, and what a new installation lacks is made."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from ringfence.kernel.actor import Actor
from ringfence.privacy.copying import actions as copying
from ringfence.privacy.erasure import actions as erasure_actions
from ringfence.privacy.erasure import queues, receipts
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.ledger import append
from ringfence.privacy.payment_watch import reading
from ringfence.privacy.policy import ensure_first_version
from ringfence.privacy.promises import running
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import RequestKind, RequestState

PATIENCE: Final = timedelta(minutes=2)
"""How long an erasure may be under way before a sweep puts it into the queue again."""

log = structlog.get_logger(__name__)


def find_lost_work(*, by: Actor, at: datetime) -> int:
    """Put erasures and copies that are not done into the queue again, prove receipts that lack it; return how many.

    Trouble with one is logged and stops no other.
    """
    begin_approved(by=by, at=at)
    unfinished = Erasure.objects.filter(finished_at=None, begun_at__lte=at - PATIENCE)
    waiting = list(unfinished.order_by("begun_at", "pk").values_list("pk", flat=True))
    unproven = list(Receipt.objects.filter(proof__isnull=True).order_by("given_at", "pk"))
    found = _each("erasure", waiting, queues.put_into_queue)
    found += _each("receipt", unproven, lambda one: receipts.prove(erasure=one.erasure_id, by=by, at=at))
    found += _each("copy", copying.left_behind(), lambda one: copying.give_up(request=one, by=by, at=at))
    found += _each("copy", copying.approved(), lambda one: copying.begin(request=one, by=by, at=at))
    return found + _each("copy", copying.unfinished(at), copying.put_into_queue)


def begin_approved(*, by: Actor, at: datetime) -> int:
    """Begin the deletions that were approved and then lost, as by a crash before they began; return how many."""
    approved = SubjectRequest.objects.filter(
        kind=RequestKind.DELETE, state=RequestState.APPROVED, erasure=None, received_at__lte=at - PATIENCE
    ).exclude(subject=None)
    lost = list(approved.order_by("received_at", "pk").values_list("subject", "pk"))
    return _each(
        "deletion", lost, lambda one: erasure_actions.begin(subject=one[0], request=one[1], by=by, at=at)
    )


def _each(what: str, many: Iterable[Any], act: Callable[[Any], object]) -> int:
    """Do something for each of many; return for how many it went well."""
    done = 0
    for one in many:
        try:
            act(one)
        except Exception as trouble:
            log.exception("sweep.failed", what=what, trouble=type(trouble).__name__)
        else:
            done += 1
    return done


def found(*, by: Actor, at: datetime) -> None:
    """Make what a new installation needs before anything else: a key epoch, and the first version of the policy."""
    keys.begin_epoch(by=by, at=at)
    ensure_first_version(by=by, at=at)


def sweep(*, by: Actor, at: datetime) -> dict[str, int]:
    """Do everything that must be so after a start: epoch, first version, ledger, lost work, fresh checks."""
    found(by=by, at=at)
    taken = 0
    while added := append.sequence():
        taken += added
    lost = find_lost_work(by=by, at=at)
    values = reading.read_on(by=by, at=at)
    standings = running.run_checks(by=by, at=at)
    return {
        "lines taken into the tree": taken,
        "lost work found": lost,
        "values read through": values,
        "promises broken": sum(one.state == "broken" for one in standings),
    }
