"""The promises the shop keeps, and their checks over live data."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside
from ringfence.privacy.payment_watch import schema
from ringfence.privacy.policy import audience, facts
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.privacy.requests.queries import requests_shown_to_staff
from ringfence.shop import money_watch
from ringfence.shop.actions.cancelling import REFUND_WITHIN
from ringfence.shop.models import CallerCheck, Mandate, Order, PaymentEvent, RenewalPayment
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import CANCELLATION_WORKING_DAYS, WITHDRAWAL_DAYS, OrderState
from ringfence.shop.staff_queries import REFUND_SOON, WAITING

OVERDUE: Final = timedelta(minutes=10)
"""How long after its end a choice may stand before the sweep that should have ended it is missed."""

FILED: Final = (OrderState.CANCELLED, OrderState.REFUNDED, OrderState.CHARGED_BACK)
"""The states an order can be in that staff have cancelled for a caller."""

CLAUSE_6_1: Final = gettext_noop(
    "Every order in service shows the right end of its window for cancelling, every cancelled order is paid back, once"
    " and in time."
)
TEXT_6_1: Final = gettext_noop(
    "Windows open now: %(open)s. Computed anew: %(computed)s, wrong: %(wrong)s. Refunds on their way: %(waiting)s,"
    " late: %(late)s. Paid back twice: %(twice)s. Forgotten: %(forgotten)s."
)

CLAUSE_6_2: Final = gettext_noop(
    "Every refund goes back the way the payment came, once and in time; for a caller we cancel, or file what they ask,"
    " only after a code or a call to the number on file has shown that it is the customer."
)
TEXT_6_2: Final = gettext_noop(
    "Paid back: %(done)s. On their way: %(waiting)s, late: %(late)s. Another way than they came: %(elsewhere)s. Paid"
    " back twice: %(twice)s. Choices past their end: %(overdue)s. Cancelled or filed for callers: %(filed)s, without"
    " having been shown to be the customer: %(unconfirmed)s."
)


TAKEN_IN: Final = ("event_id", "order_id", "kind", "minor", "currency", "occurred_at", "received_at")
"""What is kept of a payment provider's event (clause 2.4)."""


def enter() -> None:
    """Enter the shop's checks, and the figures of the policy's text that it decides."""
    register("6.1", CLAUSE_6_1, check_windows_and_refunds)
    register("6.2", CLAUSE_6_2, check_returns)
    schema.allow_only(PaymentEvent._meta.db_table, TAKEN_IN)
    outside.enter(PaymentEvent, *TAKEN_IN)
    outside.enter(Mandate, "id", "token", "given_at", "leaving_at", "tried_at")
    facts.state("cancel_working_days", lambda: str(CANCELLATION_WORKING_DAYS))
    facts.state("eea_days", lambda: str(WITHDRAWAL_DAYS))
    audience.enter_shown("shop.orders", orders_shown_the_terms)


def orders_shown_the_terms(_at: datetime) -> audience.Shown:
    """Return how many orders were agreed to, and how many of them without a note of the terms (clause 5.1)."""
    agreed = Order.objects.filter(gross_minor__isnull=False, subject__isnull=False)
    found = agreed.aggregate(asked=Count("pk"), missing=Count("pk", filter=Q(policy_version=None)))
    return audience.Shown(**found)


def check_windows_and_refunds(at: datetime) -> Finding:
    """Check clause 6.1: windows computed anew, refunds against their time, and nothing paid back twice."""
    refunds = money_watch.refunds(at)
    computed, wrong = money_watch.wrong_windows(at)
    figures = {
        "open": money_watch.open_windows(at),
        "computed": computed,
        "wrong": wrong,
        "waiting": refunds.waiting,
        "late": refunds.late,
        "twice": refunds.twice + money_watch.told_twice(),
        "forgotten": _forgotten_refunds(),
    }
    if figures["wrong"] or figures["late"] or figures["twice"] or figures["forgotten"]:
        return Finding(BROKEN, TEXT_6_1, figures)
    return Finding(DUE_SOON if _is_slow(refunds.oldest, at) else KEPT, TEXT_6_1, figures)


def _is_slow(oldest: datetime | None, at: datetime) -> bool:
    return oldest is not None and oldest < at - REFUND_SOON


def check_returns(at: datetime) -> Finding:
    """Check clause 6.2: the way, the number and the time of refunds, and who was cancelled for."""
    refunds = money_watch.refunds(at)
    filed, unconfirmed = _filed()
    figures = {
        "done": refunds.done,
        "waiting": refunds.waiting,
        "late": refunds.late + refunds.done_late + _renewals_late(at),
        "elsewhere": refunds.elsewhere,
        "twice": refunds.twice + money_watch.told_twice(),
        "overdue": Order.objects.filter(state=OrderState.CHOOSING, choose_until__lt=at - OVERDUE).count(),
        "filed": filed,
        "unconfirmed": unconfirmed,
    }
    if any(figures[name] for name in ("late", "elsewhere", "twice", "overdue", "unconfirmed")):
        return Finding(BROKEN, TEXT_6_2, figures)
    return Finding(DUE_SOON if _is_slow(refunds.oldest, at) else KEPT, TEXT_6_2, figures)


def _filed() -> tuple[int, int]:
    """Return what staff cancelled or filed for callers, and how much of it without a confirmed caller."""
    confirmed = CallerCheck.objects.filter(confirmed_at__isnull=False, filed_at__isnull=False)
    cancelled = Order.objects.filter(state__in=FILED, filed_by_staff=True)
    each = (
        cancelled.annotate(confirmed=Exists(confirmed.filter(order=OuterRef("pk")))),
        requests_shown_to_staff().annotate(confirmed=Exists(confirmed.filter(request=OuterRef("pk")))),
    )
    unconfirmed = Count("pk", filter=Q(confirmed=False))
    found = [rows.aggregate(filed=Count("pk"), unconfirmed=unconfirmed) for rows in each]
    return sum(one["filed"] for one in found), sum(one["unconfirmed"] for one in found)


def _renewals_late(at: datetime) -> int:
    """Count the payments of renewals that had to go back, and did not in time."""
    late = Q(back_state__in=WAITING, back_owed_at__lt=at - REFUND_WITHIN)
    done_late = Q(back_state=RefundStep.DONE, back_done_at__gt=F("back_owed_at") + REFUND_WITHIN)
    return RenewalPayment.objects.filter(late | done_late).count()


def _forgotten_refunds() -> int:
    """Count the cancelled orders that owe money to nobody's knowledge."""
    return Order.objects.filter(state=OrderState.CANCELLED, refund=None).count()
