"""The check of clause 6.1 tells the truth, and can fail."""

from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from ringfence.config import embedded
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT
from ringfence.shop import actions
from ringfence.shop.actions.cancelling import REFUND_WITHIN
from ringfence.shop.promises import check_windows_and_refunds
from ringfence.shop.staff_queries import REFUND_SOON
from tests.shop.conftest import Purchase, now

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("6.1"),
]


def as_superuser(cluster: embedded.EmbeddedServer, statement: str) -> None:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as raw:
        raw.execute(statement)


def test_an_order_in_service_is_kept(paid: Purchase) -> None:
    found = check_windows_and_refunds(now())
    assert (found.state, found.figures["open"], found.figures["wrong"]) == (KEPT, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE shop_order SET window_ends_at = window_ends_at - interval '1 second'",
        "UPDATE shop_order SET window_rule = 'two_working_days'",
        "UPDATE shop_order SET provided_at = provided_at + interval '3 days'",
    ],
)
def test_a_wrong_window_breaks_it(paid: Purchase, cluster: embedded.EmbeddedServer, change: str) -> None:
    as_superuser(cluster, change)
    found = check_windows_and_refunds(now())
    assert (found.state, found.figures["wrong"]) == (BROKEN, 1)


def test_a_refund_that_waits_is_due_soon_and_then_broken(paid: Purchase) -> None:
    at = now()
    actions.cancel(order=paid.order, by=paid.by, at=at)
    assert check_windows_and_refunds(at).state == KEPT
    assert check_windows_and_refunds(at + REFUND_SOON + timedelta(seconds=1)).state == DUE_SOON
    late = check_windows_and_refunds(at + REFUND_WITHIN + timedelta(seconds=1))
    assert (late.state, late.figures["late"]) == (BROKEN, 1)


def test_money_paid_back_twice_breaks_it(paid: Purchase, cluster: embedded.EmbeddedServer) -> None:
    at = now()
    actions.cancel(order=paid.order, by=paid.by, at=at)
    paid.sweep(at + timedelta(minutes=2))
    assert paid.is_state("refunded")
    assert check_windows_and_refunds(now()).state == KEPT
    for number in (1, 2):
        as_superuser(
            cluster,
            "INSERT INTO shop_paymentevent (event_id, order_id, kind, minor, currency, occurred_at, received_at)"
            f" SELECT 'forged{number}', id, 'refund.succeeded', gross_minor, currency, now(), now() FROM shop_order",
        )
    found = check_windows_and_refunds(now())
    assert (found.state, found.figures["twice"]) == (BROKEN, 1)


def test_a_forgotten_refund_breaks_it(paid: Purchase, cluster: embedded.EmbeddedServer) -> None:
    actions.cancel(order=paid.order, by=paid.by, at=now())
    as_superuser(cluster, "DELETE FROM shop_refund")
    found = check_windows_and_refunds(now())
    assert (found.state, found.figures["forgotten"]) == (BROKEN, 1)
