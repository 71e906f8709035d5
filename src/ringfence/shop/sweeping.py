"""The sweep: finds what got lost between two steps, and takes the next one (architecture, convention 6)."""

from collections import Counter
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import Q

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.keys.keyring import KeyLost
from ringfence.privacy.sealed import SealBroken
from ringfence.shop import actions, forgetting, provider
from ringfence.shop.models import Order, Refund
from ringfence.shop.models.orders import ENDED_UNPAID, NEVER_ASKED_SINCE
from ringfence.shop.ports import PaymentsError
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_sweeping import sweep_renewals
from ringfence.shop.rules import HOLD, OrderState

log = structlog.get_logger(__name__)

ASK_AFTER: Final = timedelta(minutes=2)
"""How long an order may await its payment before the provider is asked, and asked again."""

RETRY_REFUND_AFTER: Final = timedelta(minutes=1)
AT_ONCE: Final = 500

OF_ONE_ROW: Final = (PaymentsError, Refusal, SealBroken, KeyLost, LookupError, ValueError, DatabaseError)
"""What may be wrong with one order or refund; it is logged, and the sweep goes on with the next."""


def sweep(*, by: Actor, at: datetime) -> Counter[str]:
    """Lapse what nobody pays, ask about payments whose news was lost, and send what is owed back.

    Safe to run at any time and by several workers at once. Returns how much of each was done.
    """
    done: Counter[str] = Counter()
    _lapse_holds(done, by, at)
    _end_choices(done, by, at)
    _ask_about_payments(done, by, at)
    _ask_once_more(done, by, at)
    _send_refunds(done, by, at)
    left = forgetting.cards_left(at, AT_ONCE)
    done["cards forgotten"] += _each(left, lambda key: forgetting.forget_card(key, by=by, at=at), "card")
    done["callers forgotten"] += actions.sweep_callers(by=by, at=at)
    sweep_renewals(done, _each, by=by, at=at)
    return done


def _lapse_holds(done: Counter[str], by: Actor, at: datetime) -> None:
    never_shown = Q(state=OrderState.AWAITING_PAYMENT, payment_reference=None)
    over = Order.objects.filter(Q(state=OrderState.HELD) | never_shown, held_until__lte=at)
    keys = list(over.order_by("held_until", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["lapsed"] += _each(keys, lambda key: actions.lapse(order=key, by=by, at=at), "lapse")


def _end_choices(done: Counter[str], by: Actor, at: datetime) -> None:
    over = Order.objects.filter(state=OrderState.CHOOSING, choose_until__lte=at)
    keys = list(over.order_by("choose_until", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["choices ended"] += _each(
        keys, lambda key: actions.end_choice(order=key, by=by, at=at), "end_choice"
    )


def _ask_about_payments(done: Counter[str], by: Actor, at: datetime) -> None:
    """Past its hold an unpaid page is closed, so that it cannot be paid for a number that is no longer kept."""
    long_ago = Q(asked_at=None) | Q(asked_at__lte=at - ASK_AFTER)
    waiting = Order.objects.filter(
        long_ago,
        state=OrderState.AWAITING_PAYMENT,
        payment_reference__isnull=False,
        held_until__lte=at + HOLD - ASK_AFTER,
    )
    found = dict(waiting.order_by("held_until", "id").values_list("pk", "held_until")[:AT_ONCE])
    done["asked"] += _each(found, lambda key: provider.ask(key, by=by, at=at, close=found[key] <= at), "ask")


def _ask_once_more(done: Counter[str], by: Actor, at: datetime) -> None:
    """An order that ended unpaid while its page was open is asked about until the page is known to be closed."""
    ended = Order.objects.filter(
        NEVER_ASKED_SINCE, state__in=ENDED_UNPAID, payment_reference__isnull=False, held_until__lte=at
    )
    keys = list(ended.order_by("held_until", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["asked"] += _each(keys, lambda key: provider.ask(key, by=by, at=at, close=True), "ask_once_more")


def _send_refunds(done: Counter[str], by: Actor, at: datetime) -> None:
    tried_long_ago = Q(tried_at=None, owed_at__lte=at - RETRY_REFUND_AFTER) | Q(
        tried_at__lte=at - RETRY_REFUND_AFTER
    )
    waiting = Refund.objects.filter(tried_long_ago, state__in=(RefundStep.OWED, RefundStep.SENT))
    keys = list(waiting.order_by("owed_at", "id").values_list("pk", flat=True)[:AT_ONCE])
    done["refunds"] += _each(keys, lambda key: provider.send_refund(key, by=by, at=at), "refund")


def _each(keys: Collection[UUID], act: Callable[[UUID], object], step: str) -> int:
    """Do a step for each row; one that cannot be done is logged and holds up no other. Returns how many there were."""
    for key in keys:
        try:
            act(key)
        except OF_ONE_ROW as trouble:
            log.exception("sweep.row_failed", step=step, row=str(key), trouble=type(trouble).__name__)
            if isinstance(trouble, DatabaseError) and not _is_connected():
                raise
    return len(keys)


def _is_connected() -> bool:
    return connection.connection is not None and connection.is_usable()
