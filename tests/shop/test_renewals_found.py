"""How the sweep and the desk find renewals among many: by an index, however many there are."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ringfence.shop import renewal_queries, renewal_sweeping, renewal_watch
from ringfence.shop.models import Renewal
from ringfence.shop.renewal_queries import Show
from ringfence.shop.renewal_rules import REMINDER_OVERDUE
from ringfence.shop.sweeping import sweep
from tests.shop.conftest import SYSTEM, now
from tests.shop.test_sweeping import bought

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
HOUR = timedelta(hours=1)


def plans(look: Callable[[], object]) -> str:
    """Return how the database would find what is asked, were its tables too large to be read through."""
    with CaptureQueriesContext(connection) as asked:
        look()
    found = []
    with connection.cursor() as cursor:
        # Nor may what is known of the few rows of other tests lead the way from one table to the other.
        cursor.execute("SET enable_seqscan = off; SET enable_nestloop = off")
        for query in asked.captured_queries:
            if query["sql"].startswith("SELECT"):
                cursor.execute(f"EXPLAIN {query['sql']}")
                found += [line for (line,) in cursor.fetchall()]
        cursor.execute("RESET enable_seqscan; RESET enable_nestloop")
    return "\n".join(found)


def test_what_is_looked_for_each_minute_is_found_by_an_index() -> None:
    at = now().replace(minute=1)
    for look, times, names in (
        (
            lambda: renewal_watch.watch(at),
            1,
            ("subscriptions_going_on", "renewals_that_wait"),
        ),
        (
            lambda: sweep(by=SYSTEM, at=at),
            2,
            ("subscriptions_going_on", "renewals_that_wait", "cards_to_fetch"),
        ),
    ):
        said = plans(look)
        assert len(re.findall(r"Index Cond: \(renews_at <=? ", said)) == times, "only those whose time is up"
        assert [name for name in names if name not in said] == []
        on_renewals = [line for line in said.splitlines() if "Seq Scan on shop_" in line]
        assert [line for line in on_renewals if "renewal" in line or "subscription" in line] == []


def test_staff_see_what_is_open_and_recent_and_a_late_one_is_the_same_everywhere(
    stocked: list[str], customer: UUID
) -> None:
    for number in stocked[:3]:
        bought(customer, number)
    first, second, _third = Renewal.objects.order_by("id").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_renewal SET state = 'paid', next_at = NULL, period_from = period_from - interval '3 months'"
            " WHERE id = %s",
            [first],
        )
    at = now()
    assert renewal_queries.counts(at)[Show.ALL] == 2
    due = Renewal.objects.get(pk=second).next_at
    assert due is not None
    late = due + REMINDER_OVERDUE + timedelta(seconds=1)
    rows, _further = renewal_queries.listed(Show.ALL, at=late)
    overdue, _further = renewal_queries.listed(Show.LATE, at=late)
    assert {row.id for row in rows if row.is_late} == {row.id for row in overdue}
    assert second in {row.id for row in overdue}
    assert renewal_watch.watch(late).overdue == renewal_queries.counts(late)[Show.LATE] == len(overdue)


def test_a_sweep_goes_on_until_nothing_is_due_and_takes_money_before_words(
    stocked: list[str], customer: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal_sweeping, "BATCH", 2)
    for number in stocked[:6]:
        bought(customer, number)
    at = max(row.next_at for row in Renewal.objects.all() if row.next_at) + timedelta(minutes=1)
    charged = Renewal.objects.order_by("-id").values_list("pk", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_renewal SET period_from = %s, next_at = %s WHERE id = %s", [at, at, charged]
        )
    assert renewal_watch.watch(at + 4 * HOUR).overdue == 1, "only the charge is late by then"
    sweep(by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action FROM privacy_ledgerline WHERE action IN ('renewal.begin_charge', 'renewal.remind')"
            " ORDER BY id"
        )
        taken = [action for (action,) in cursor.fetchall()]
    assert taken == ["renewal.begin_charge", *["renewal.remind"] * 5]
