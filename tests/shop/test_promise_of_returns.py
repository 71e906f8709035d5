"""The check of clause 6.2 tells the truth, and each part of it can fail."""

from datetime import timedelta
from uuid import UUID

import pytest

from ringfence.config import embedded
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, promise
from ringfence.shop import actions
from ringfence.shop.actions.cancelling import REFUND_WITHIN
from ringfence.shop.promises import check_returns
from ringfence.shop.staff_queries import REFUND_SOON
from tests.shop.conftest import SYSTEM, Purchase, now
from tests.shop.test_callers import confirmed, support
from tests.shop.test_late_payment import BLOCKS, late_payer, take_in
from tests.shop.test_promises import as_superuser
from tests.shop.test_sweeping import bought

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("6.2"),
]


@pytest.fixture
def undone(stocked: list[str], customer: UUID) -> Purchase:
    """An order that was cancelled, its money on the way back."""
    purchase = bought(customer, stocked[0])
    actions.cancel(order=purchase.order, by=purchase.by, at=now())
    return purchase


def test_it_is_registered_and_kept(undone: Purchase) -> None:
    found = promise("6.2")
    assert found is not None
    answer = found.check(now())
    assert (answer.state, answer.figures["waiting"]) == (KEPT, 1)


def test_a_refund_that_waits_is_due_soon_and_then_late(undone: Purchase) -> None:
    assert check_returns(now() + REFUND_SOON).state == DUE_SOON
    late = check_returns(now() + REFUND_WITHIN)
    assert (late.state, late.figures["late"]) == (BROKEN, 1)


SENT = "UPDATE shop_refund SET state = 'sent', sent_at = now(), reference = 'ref_1'"
DONE = "UPDATE shop_refund SET state = 'done', done_at = owed_at + interval '15 days'"
PAID_IN_EURO = (
    "INSERT INTO shop_paymentevent (event_id, order_id, kind, minor, currency, occurred_at, received_at)"
    " SELECT 'evt_1', id, 'payment.paid', gross_minor, 'EUR', now(), now() FROM shop_order"
)


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ([DONE], "late"),
        ([SENT, "UPDATE shop_order SET payment_reference = NULL"], "elsewhere"),
        ([SENT, PAID_IN_EURO], "elsewhere"),
        (["UPDATE shop_refund SET minor = minor + 1"], "twice"),
        (["UPDATE shop_order SET filed_by_staff = true"], "unconfirmed"),
    ],
)
def test_each_breach_is_found(
    undone: Purchase, cluster: embedded.EmbeddedServer, changes: list[str], figure: str
) -> None:
    for change in changes:
        as_superuser(cluster, change)
    answer = check_returns(now())
    assert (answer.state, answer.figures[figure]) == (BROKEN, 1)


def test_a_choice_that_nobody_ended_is_found(customer: UUID) -> None:
    take_in(*BLOCKS)
    late = late_payer(customer)
    end = late.view.choose_until
    assert end is not None
    assert check_returns(end).state == KEPT
    answer = check_returns(end + timedelta(minutes=11))
    assert (answer.state, answer.figures["overdue"]) == (BROKEN, 1)
    late.sweep(end)
    assert check_returns(end + timedelta(minutes=11)).figures["overdue"] == 0


def test_a_caller_whom_a_code_confirmed_is_in_order(
    stocked: list[str], customer: UUID, cluster: embedded.EmbeddedServer
) -> None:
    purchase, by = bought(customer, stocked[0]), support()
    confirmed(purchase, by)
    actions.cancel(order=purchase.order, by=by, at=now())
    answer = check_returns(now())
    assert (answer.state, answer.figures["filed"], answer.figures["unconfirmed"]) == (KEPT, 1, 0)
    actions.sweep_callers(by=SYSTEM, at=now() + timedelta(days=2))
    assert check_returns(now()).figures["unconfirmed"] == 0
    as_superuser(cluster, "UPDATE shop_callercheck SET filed_at = NULL")
    assert check_returns(now()).figures["unconfirmed"] == 1
