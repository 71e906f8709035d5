"""Staff file a cancellation for a caller: after a code has shown who calls, and inside the window only (clause 6.2)."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.accounts.queries import profile_of
from ringfence.adapters.mail.writing import written
from ringfence.kernel.action import WriteOutsideAction
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.queries import lines_of
from ringfence.shop import actions
from ringfence.shop.caller_rules import CODE_HOLDS, CONFIRMED_FOR, MOST_CODES, MOST_TRIES
from ringfence.shop.models import CallerCheck, Order, Refund
from ringfence.shop.promises import check_returns
from tests.accounts import builders
from tests.shop.conftest import SYSTEM, Purchase, now
from tests.shop.test_sweeping import bought

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("6.2"),
]


@pytest.fixture
def sold(stocked: list[str], customer: UUID) -> Purchase:
    """An order in service."""
    return bought(customer, stocked[0])


def support(*roles: Role) -> Actor:
    """A member of staff on the phone."""
    return Actor.staff(uuid4(), frozenset(roles or {Role.SUPPORT}), "customer-called")


def address_of(purchase: Purchase) -> str:
    found = profile_of(purchase.subject)
    assert found is not None
    return found.email


def code_sent_to(person: UUID) -> str:
    """The code of the newest letter, as its reader sees it."""
    row = OutgoingLetter.objects.filter(subject=person, kind="caller-code").latest("made_at")
    return str(row.facts.open()["code"])


def ask(purchase: Purchase, by: Actor, at: datetime | None = None, wanted: str = "") -> UUID:
    return actions.ask_caller(wanted=wanted or purchase.order, by=by, at=at or now())


def confirmed(purchase: Purchase, by: Actor, at: datetime | None = None) -> UUID:
    """A caller who read the code out."""
    at = at or now()
    check = ask(purchase, by, at)
    assert actions.confirm_caller(check=check, code=code_sent_to(purchase.subject), by=by, at=at)
    return check


def refused(attempt: Any) -> str:
    with pytest.raises(Refusal) as found:
        attempt()
    return found.value.code


def test_a_confirmed_caller_is_cancelled_for_and_told(sold: Purchase) -> None:
    by = support()
    confirmed(sold, by)
    actions.cancel(order=sold.order, by=by, at=now())
    assert sold.is_state("cancelled")
    assert Refund.objects.get().minor == 6125
    [line] = [line for line in lines_of(sold.subject) if line.action == "order.cancel"]
    assert (line.purpose, line.facts["filed_by_staff"]) == ("customer-called", True)
    row = OutgoingLetter.objects.get(subject=sold.subject, kind="order-cancelled")
    for language, said in {"en": "because you called us", "nb": "fordi du ringte oss"}.items():
        letter = LetterToSend(
            row.pk, row.kind, "a@example.com", language, "Europe/Oslo", row.facts.open(), now()
        )
        assert said in " ".join(written(letter).text.split())
        assert said in " ".join(written(letter).html.split())


def test_without_a_confirmed_caller_staff_cancel_nothing(sold: Purchase) -> None:
    by, other = support(), support()
    cancel = lambda by, at=None: actions.cancel(order=sold.order, by=by, at=at or now())  # noqa: E731 - three times
    assert refused(lambda: cancel(by)) == "caller.not_confirmed"
    check = ask(sold, by)
    assert refused(lambda: cancel(by)) == "caller.not_confirmed"
    assert actions.confirm_caller(check=check, code=code_sent_to(sold.subject), by=by, at=now())
    assert refused(lambda: cancel(other)) == "caller.not_confirmed"
    assert refused(lambda: cancel(by, now() + CONFIRMED_FOR)) == "caller.not_confirmed"
    assert refused(lambda: cancel(support(Role.PRIVACY))) == "order.unknown"
    with pytest.raises(WriteOutsideAction):
        cancel(Actor.staff(by.person or uuid4(), frozenset({Role.SUPPORT})))
    assert sold.is_state("active")


def test_a_stranger_on_the_phone_learns_nothing_and_gets_nowhere(sold: Purchase) -> None:
    by = support()
    tried = [
        ask(sold, by, wanted="nobody@example.com"),
        ask(sold, by, wanted="ord_00000000000000000000000000"),
        ask(sold, by, wanted="what order?"),
        ask(sold, by, wanted="+44 20 7946 0999"),
        ask(sold, by, wanted="0000"),
    ]
    assert not OutgoingLetter.objects.filter(kind="caller-code").exists()
    assert not CallerCheck.objects.filter(subject__isnull=False).exists()
    for check in tried:
        assert not actions.confirm_caller(check=check, code="000000", by=by, at=now())


def test_a_code_is_tried_five_times_for_a_quarter_of_an_hour_by_who_asked(sold: Purchase) -> None:
    by = support()
    check = ask(sold, by)
    code = code_sent_to(sold.subject)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    again = lambda code, by=by, at=None: actions.confirm_caller(check=check, code=code, by=by, at=at or now())  # noqa: E731
    assert refused(lambda: again(code, support())) == "caller.over"
    assert refused(lambda: again(code, by, now() + CODE_HOLDS)) == "caller.over"
    assert [again(wrong) for _try in range(MOST_TRIES)] == [False] * MOST_TRIES
    assert refused(lambda: again(code)) == "caller.over"
    assert sold.is_state("active")


def test_nobody_is_flooded_with_codes(sold: Purchase) -> None:
    for _call in range(MOST_CODES + 2):
        ask(sold, support())
    assert OutgoingLetter.objects.filter(kind="caller-code").count() == MOST_CODES


@pytest.mark.parametrize("wanted", ["address", "+44 20 7946 0000", "442079460000", "order"])
def test_a_caller_is_found_by_number_by_order_or_by_address(sold: Purchase, wanted: str) -> None:
    said = {"address": address_of(sold), "order": f" {sold.order.upper()} "}.get(wanted, wanted)
    ask(sold, support(), wanted=said)
    assert CallerCheck.objects.get().subject == sold.subject
    assert code_sent_to(sold.subject)


def test_a_confirmed_caller_may_cancel_several_orders_each_once(sold: Purchase, stocked: list[str]) -> None:
    by = support()
    confirmed(sold, by)
    actions.cancel(order=sold.order, by=by, at=now())
    actions.cancel(order=sold.order, by=by, at=now())
    second = bought(sold.subject, stocked[1])
    actions.cancel(order=second.order, by=by, at=now())
    assert CallerCheck.objects.exclude(filed_at=None).count() == 2
    after = check_returns(now())
    assert (after.figures["filed"], after.figures["unconfirmed"]) == (2, 0)


def test_the_code_is_kept_as_a_digest_only(sold: Purchase) -> None:
    ask(sold, support())
    code = code_sent_to(sold.subject)
    with connection.cursor() as cursor:
        cursor.execute("SELECT c::text FROM shop_callercheck c")
        assert not re.search(rf"\\b{code}\\b", str(cursor.fetchall()))


def test_callers_are_forgotten_after_a_day(sold: Purchase) -> None:
    ask(sold, support())
    actions.sweep_callers(by=SYSTEM, at=now() + timedelta(days=1, seconds=1))
    assert not CallerCheck.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"), [("nb", "Den kan avbestilles"), ("en", "It can be cancelled")]
)
def test_the_desk_leads_through_it(sold: Purchase, client: Client, language: str, words: str) -> None:
    builders.staff_member(client, Role.SUPPORT)
    page = f"/{language}/staff/callers/"
    said = {
        "purpose": "customer-called",
        "wanted": sold.order.upper(),
        "way": "code",
    }
    strange = client.post(page, {**said, "wanted": "nobody@example.com"}, follow=True).content.decode()
    step = client.post(page, said)
    shown = client.get(step["Location"]).content.decode()
    assert _without_tokens(shown) == _without_tokens(strange)
    code = code_sent_to(sold.subject)
    assert code not in shown
    assert "7946 0000" not in shown
    assert client.post(step["Location"], {"code": "12"}).status_code == 200
    client.post(step["Location"], {"code": f"{code[:3]} {code[3:]}"})
    shown = client.get(step["Location"]).content.decode()
    assert words in shown
    assert "+44 20 7946 0000" in shown
    assert address_of(sold) not in shown
    client.post(f"{step['Location']}cancel/", {"order": sold.order})
    assert sold.is_state("cancelled")
    assert client.get(step["Location"]).status_code == 200


def _without_tokens(page: str) -> str:
    return re.sub(r'(value="[A-Za-z0-9]{64}"|nonce="[^"]*"|/callers/[0-9a-f-]{36}/?)', "", page)


def test_after_the_window_the_desk_and_the_customer_get_the_honest_answer(
    sold: Purchase, client: Client
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_order SET provided_at = provided_at - interval '30 days', placed_at = placed_at - interval"
            " '30 days', window_ends_at = window_ends_at - interval '30 days'"
        )
    person = builders.staff_member(client, Role.SUPPORT)
    desk = "/en/staff/callers/"
    by = Actor.staff(person, frozenset({Role.SUPPORT}), "customer-called")
    step = client.post(
        desk,
        {"purpose": "customer-called", "wanted": sold.order, "way": "code"},
    )["Location"]
    client.post(step, {"code": code_sent_to(sold.subject)})
    assert "The time to cancel is over" in client.get(step).content.decode()
    assert refused(lambda: actions.cancel(order=sold.order, by=by, at=now())) == "order.window_closed"
    client.post(f"{step}cancel/", {"order": sold.order})
    assert Order.objects.get().state == "active"
    own = Client()
    builders.sign_in(own, sold.subject)
    page = own.get(f"/en/account/orders/{sold.order}/cancel/").content.decode()
    assert "The time to cancel is over" in page
    assert "stop it from being renewed" in page
    own.post(f"/en/account/orders/{sold.order}/cancel/")
    assert sold.is_state("active")
