"""Renewals when things go wrong: killed half-way, two workers, a silent provider, a lost card, an erased customer."""

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, connections

from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.shop import actions, collecting, renewal_watch
from ringfence.shop.models import Mandate, Renewal, RenewalPayment
from ringfence.shop.ports import EventKind, PaymentEvent, PaymentUnknown
from ringfence.shop.ports import payments as the_provider
from ringfence.shop.sweeping import sweep
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SECRET, SYSTEM, Provider, Purchase, a_customer, kroner
from tests.shop.renewal_world import DAY, HOUR, WAY_BACK, Renewed, sales

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

KILLED = """
import os, signal, sys
import django; django.setup()
from datetime import datetime
from django.conf import settings
from ringfence.kernel.actor import Actor
from ringfence.shop import actions
from ringfence.shop.sweeping import sweep
settings.REHEARSAL_URL, settings.REHEARSAL_SECRET = sys.argv[2:]
def die(**_):
    os.kill(os.getpid(), signal.SIGKILL)
actions.settle_renewal = die
sweep(by=Actor.system("tests"), at=datetime.fromisoformat(sys.argv[1]))
"""


def _url(alias: str) -> str:
    parts = connections[alias].settings_dict
    host = quote(str(parts["HOST"] or parts.get("OPTIONS", {}).get("host", "")), safe="")
    port = f"&port={parts['PORT']}" if parts["PORT"] else ""
    return f"postgresql://{parts['USER']}:{quote(str(parts['PASSWORD']), safe='')}@/{parts['NAME']}?host={host}{port}"


def test_killed_between_the_charge_and_its_note_it_is_charged_once(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.live(it.due - HOUR)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, it.due.isoformat(), quiet.url, SECRET],
        env={
            **os.environ,
            "DATABASE_URL": _url("default"),
            "KEYS_DATABASE_URL": _url("keys"),
            "DJANGO_SETTINGS_MODULE": "ringfence.config.settings",
            "PYTHONPATH": "src",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert it.states == ["charging"]
    [payment] = it.tries()
    assert (payment.status, payment.reference) == ("asked", None)
    events: list[dict[str, Any]] = []
    while batch := quiet.call(
        "GET", f"/v1/events?limit=100&after={events[-1]['id'] if events else ''}"
    ).json()["events"]:
        events += batch
    name = public_id("rnw", it.first.pk)
    assert len([event for event in events if event["data"]["order_id"] == name]) == 1, "it was charged"
    it.sweep(it.due + timedelta(minutes=2))
    assert it.states == ["paid", "upcoming"]
    assert len(it.charges()) == 1
    assert len(sales()) == 2


@pytest.mark.parametrize("came_through", [False, True])
def test_an_order_ended_between_beginning_and_charging_is_not_charged(
    quiet: Provider, stocked: list[str], customer: UUID, *, came_through: bool
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    payment = actions.begin_charge(renewal=it.first.pk, by=SYSTEM, at=it.due)
    assert payment is not None
    if came_through:
        the_provider().charge(
            mandate=Mandate.objects.get().token,
            renewal_id=public_id("rnw", it.first.pk),
            amount=kroner("61.25"),
            description="as it was asked",
            idempotency_key=f"charge:{public_id('rnw', it.first.pk)}:1",
        )
    actions.end_all(subject=customer, by=it.by, at=it.due)
    for minutes in (3, 6, 9):
        it.sweep(it.due + timedelta(minutes=minutes))
    assert it.states == ["dropped"]
    [tried] = it.tries()
    expected = ("paid", "done") if came_through else ("failed", "")
    assert (tried.status, tried.back_state) == expected
    assert not Mandate.objects.exists()


def test_the_card_of_an_order_that_never_came_into_service_is_forgotten(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    late = Purchase(customer, stocked[0]).check_out(keep_card=True)
    page = late.page()
    quiet.pay(page)
    token = the_provider().look_up(page.reference).mandate
    assert token
    for _again in range(2):
        collecting.forget_card_of_order(late.view.id)
    with pytest.raises(PaymentUnknown):
        the_provider().charge(
            mandate=token, renewal_id="rnw_x", amount=kroner("1"), description="x", idempotency_key="never"
        )


def test_two_workers_charge_once(quiet: Provider, stocked: list[str]) -> None:
    numbers = [Renewed(quiet, a_customer(), number, Card.SUCCEEDS) for number in stocked[:3]]
    due = max(it.due for it in numbers)
    for it in numbers:
        it.live(it.due - HOUR)
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        sweep(by=Actor.system("worker"), at=due)
        for alias in ("default", "keys"):
            connections[alias].close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    for it in numbers:
        it.sweep(due + timedelta(minutes=3))
        assert it.states == ["paid", "upcoming"]
        assert len(it.charges()) == 1
        assert it.letters()[-1] == "renewal-paid"
        assert it.letters().count("renewal-paid") == 1
    assert len(sales()) == 6


def test_a_provider_that_says_nothing_turns_the_desk_red_and_loses_nothing(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.live(it.due - HOUR)
    assert not renewal_watch.watch(it.due).is_red
    with quiet.trouble(fail_next=9, webhooks="lose"):
        it.sweep(it.due)
        it.sweep(it.due + timedelta(minutes=3))
        late = it.due + HOUR + timedelta(minutes=2)
        assert it.states == ["charging"]
        assert renewal_watch.watch(late).overdue == 1
        assert it.tries()[0].trouble == "PaymentsUnavailable"
        it.sweep(late)
    with quiet.trouble(webhooks="lose"):
        it.sweep(late + timedelta(minutes=3))
    assert it.states == ["paid", "upcoming"]
    assert not renewal_watch.watch(late + HOUR).is_red


def test_a_worker_that_does_not_run_turns_the_desk_red(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.live(it.due - HOUR)
    due, late = it.due, it.due + HOUR + timedelta(seconds=1)
    found = renewal_watch.watch(late)
    assert (found.overdue, found.forgotten) == (1, 0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_renewal")
    found = renewal_watch.watch(late)
    assert (found.overdue, found.forgotten) == (0, 1)
    it.sweep(late)
    assert it.states == ["upcoming"]
    assert it.first.period_from > due + 20 * DAY, "nobody was reminded of the one before"


def test_news_in_any_order_and_again_changes_nothing(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.sweep(it.due)
    [payment] = it.tries()
    name, reference = public_id("rnw", it.first.pk), payment.reference or ""
    amount = it.view.price
    assert amount is not None
    for kind in (EventKind.FAILED, EventKind.PAID, EventKind.EXPIRED, EventKind.PAID):
        event = PaymentEvent(f"evt_{uuid4().hex}", kind, reference, name, amount.gross, it.due)
        assert actions.take_event(event=event, by=SYSTEM, at=it.due)
    assert it.states == ["paid", "upcoming"]
    assert len(sales()) == 2
    unknown = PaymentEvent("evt_x", EventKind.PAID, "chg_x", public_id("rnw", uuid4()), amount.gross, it.due)
    assert not actions.take_event(event=unknown, by=SYSTEM, at=it.due)
    other = PaymentEvent("evt_y", EventKind.PAID, "chg_x", name, amount.gross, it.due)
    assert not actions.take_event(event=other, by=SYSTEM, at=it.due)


def test_paid_twice_one_of_them_goes_back(quiet: Provider, stocked: list[str], customer: UUID) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    pages = []
    for _twice in range(2):
        begun = actions.begin_page(
            renewal=public_id("rnw", it.first.pk), keep_card=False, by=it.by, at=it.due - DAY
        )
        row = RenewalPayment.objects.get(pk=begun)
        page = the_provider().open_page(
            order_id=public_id("rnw", it.first.pk),
            amount=kroner("61.25"),
            description=WAY_BACK.description,
            language="en",
            success_url=WAY_BACK.success_url,
            cancel_url=WAY_BACK.cancel_url,
            idempotency_key=f"two:{row.pk}",
        )
        actions.note_renewal_asked(payment=begun, reference=page.reference, by=it.by, at=it.due - DAY)
        pages.append(page)
    for page in pages:
        quiet.pay(page)
    for minutes in (3, 6, 9):
        it.sweep(it.due - DAY + timedelta(minutes=minutes))
    assert it.states[0] == "paid"
    assert sorted(row.back_state for row in it.tries()) == ["", "done"]
    assert len(sales()) == 2


def test_a_card_that_the_provider_lost_leads_to_a_link(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    the_provider().forget_mandate(Mandate.objects.get().token)
    it.sweep(it.due)
    assert it.states == ["grace"]
    it.sweep(it.due + timedelta(minutes=3))
    assert it.subscription.mandate_id is None
    assert not Mandate.objects.exists()


def test_another_card_replaces_the_one_that_was_refused_and_is_charged_at_once(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_REFUSED)
    it.sweep(it.due)
    assert it.states == ["retrying"]
    old = Mandate.objects.get().token
    page = collecting.open_card_page(
        order=it.order, way_back=WAY_BACK, language="nb", by=it.by, at=it.due + HOUR
    )
    quiet.pay(page)
    for minutes in (1, 2):
        it.sweep(it.due + HOUR + timedelta(minutes=minutes))
    assert it.states == ["paid", "upcoming"]
    [new] = Mandate.objects.all()
    assert new.token != old
    with pytest.raises(Refusal) as refused:
        collecting.open_card_page(
            order=it.order, way_back=WAY_BACK, language="nb", by=Actor.customer(uuid4()), at=it.due
        )
    assert refused.value.code == "order.unknown"


@pytest.mark.promise("2.9")
def test_an_erased_customer_is_never_charged_again_and_the_card_is_forgotten(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    renewal, due, order = it.first.pk, it.due, it.view.id
    token, at = Mandate.objects.get().token, it.at + HOUR
    asked = requests.open_request(
        subject=customer, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=it.by, at=at
    )
    requests.approve(request=asked.pk, by=it.by, at=at)
    erasure.begin(subject=customer, request=asked.pk, by=it.by, at=at)
    for _step in range(12):
        erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=at)
    sweep(by=SYSTEM, at=at + timedelta(minutes=5))
    assert not Mandate.objects.exists()
    with pytest.raises(PaymentUnknown):
        the_provider().charge(
            mandate=token,
            renewal_id="rnw_x",
            amount=kroner("1"),
            description="x",
            idempotency_key="erased",
        )
    for day in (0, 1, 8, 40):
        sweep(by=SYSTEM, at=due + day * DAY)
    assert Renewal.objects.get(pk=renewal).state == "dropped"
    assert not RenewalPayment.objects.filter(renewal__subscription__order=order).exists()


def test_the_database_itself_allows_one_open_renewal_and_one_per_period(
    quiet: Provider, stocked: list[str], customer: UUID
) -> None:
    it = Renewed(quiet, customer, stocked[0], None)
    for changed, name in (("number", "one_renewal_at_a_time"), ("state", "a_period_is_renewed_once")):
        values = "'number', 7" if changed == "number" else "'state', 'ended', 'next_at', null"
        with pytest.raises(IntegrityError, match=name), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO shop_renewal SELECT (jsonb_populate_record(r, jsonb_build_object("
                f"'id', gen_random_uuid(), {values}))).* FROM shop_renewal r"
            )
    assert it.number_state() is NumberState.IN_SERVICE
