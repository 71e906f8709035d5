"""The pages of renewals: what a customer sees and can do, what turns red for staff, how many questions a page asks."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ringfence.accounts.actions import set_profile
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import parse
from ringfence.shop import actions
from ringfence.shop.models import Renewal
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.renewal_rules import RenewalState
from tests.accounts import builders
from tests.shop.conftest import SYSTEM, Purchase, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

KNOWN = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}


class Owner:
    """A signed-in customer who buys numbers without a provider."""

    def __init__(self) -> None:
        self.client = Client(headers={"accept": "text/html", "accept-language": "en"})
        self.person = builders.customer(self.client, email=f"{uuid4().hex}@example.com", **KNOWN)

    def buys(self, number: str) -> Purchase:
        """Buy a number."""
        purchase = Purchase(self.person, number).check_out()
        price = purchase.view.price
        assert price is not None
        actions.note_payment_page(
            order=purchase.view.id, reference=f"pay_{uuid4().hex}", by=purchase.by, at=purchase.at
        )
        actions.settle(
            order=purchase.view.id, status=PaymentStatus.PAID, amount=price.gross, by=SYSTEM, at=now()
        )
        return purchase

    def sees(self, address: str) -> str:
        """A page's text."""
        answer = self.client.get(address)
        assert answer.status_code == 200, address
        return answer.content.decode().replace("\xa0", " ")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept": "text/html", "accept-language": "en"})
    builders.staff_member(client, Role.OPERATIONS, email="operations@example.com")
    return client


def test_the_next_payment_says_when_how_much_and_how(owner: Owner, stocked: list[str]) -> None:
    order = owner.buys(stocked[0]).order
    due = Renewal.objects.get().period_from
    for address in ("/en/account/renewals/", "/en/account/"):
        said = owner.sees(address)
        assert "kr 61.25" in said
        assert due.strftime("%B %Y") in said
        assert "By a link that we send you" in said
    said = owner.sees(f"/nb/account/renewals/{order}/")
    assert "61,25 kr" in said
    assert "Med en lenke" in said
    assert "Betal 61,25 kr nå" not in said, "it is a month too early"


def test_switched_off_by_one_confirmation_that_says_until_when_and_on_again(
    owner: Owner, stocked: list[str]
) -> None:
    order = owner.buys(stocked[0]).order
    page = f"/en/account/renewals/{order}/"
    asked = owner.sees(f"{page}off/")
    assert "The number rings until" in asked
    assert Renewal.objects.get().state == RenewalState.UPCOMING
    assert owner.client.post(f"{page}off/").status_code == 302
    assert Renewal.objects.get().state == RenewalState.SWITCHED_OFF
    assert "Switch it on again" in owner.sees(page)
    assert owner.client.post(f"{page}on/").status_code == 302
    assert Renewal.objects.get().state == RenewalState.UPCOMING


def test_a_provider_that_does_not_answer_is_said_and_nothing_begins(
    owner: Owner, stocked: list[str], settings: object
) -> None:
    order = owner.buys(stocked[0]).order
    answer = owner.client.post(f"/en/account/renewals/{order}/card/", follow=True)
    assert "The payment page cannot be reached just now" in answer.content.decode()


def test_late_ones_are_red_at_the_desk_and_found_by_their_order(
    owner: Owner, staff: Client, stocked: list[str]
) -> None:
    order, other = owner.buys(stocked[0]).order, owner.buys(stocked[1]).order
    assert "Did not run</span>" not in staff.get("/en/staff/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_renewal SET next_at = next_at - interval '2 months',"
            " period_from = period_from - interval '2 months' WHERE subscription_id IN"
            " (SELECT s.id FROM shop_subscription s WHERE s.order_id = %s)",
            [parse(order, "ord")],
        )
    assert "Did not run" in staff.get("/en/staff/").content.decode()
    said = staff.get("/en/staff/renewals/").content.decode()
    assert "its step was not taken" in said
    assert other not in said
    found = staff.get(f"/en/staff/renewals/?q={other}").content.decode()
    assert other in found
    assert order not in found
    assert "No renewals here" in staff.get("/en/staff/renewals/?q=ord_nothing").content.decode()


def questions(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_pages_ask_as_much_for_three_as_for_one(owner: Owner, staff: Client, stocked: list[str]) -> None:
    owner.buys(stocked[0])
    pages = [(owner.client, "/en/account/renewals/"), (staff, "/en/staff/renewals/?show=all")]
    for client, address in pages:
        questions(client, address)
    with_one = [questions(client, address) for client, address in pages]
    for number in stocked[1:3]:
        owner.buys(number)
    assert [questions(client, address) for client, address in pages] == with_one


def test_staff_turn_pages_without_losing_any(
    owner: Owner, staff: Client, stocked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ringfence.interfaces.console import renewals_pages

    monkeypatch.setattr(renewals_pages, "ROWS_ON_A_PAGE", 2)
    orders = {owner.buys(number).order for number in stocked[:5]}
    address, seen = "/en/staff/renewals/?show=all", set()
    for _page in range(3):
        said = staff.get(address).content.decode()
        seen |= {order for order in orders if order in said}
        further = re.search(r'rel="next"[^>]*after=(rnw_[a-z0-9]{26})', said)
        address = f"/en/staff/renewals/?show=all&after={further[1] if further else ''}"
    assert seen == orders


def test_nobody_opens_or_stops_the_renewal_of_another(owner: Owner, stocked: list[str]) -> None:
    order, stranger = owner.buys(stocked[0]).order, Owner()
    page = f"/en/account/renewals/{order}/"
    assert stranger.client.get(page).status_code == 404
    for verb in ("pay", "card", "card/remove", "off", "on"):
        assert stranger.client.post(f"{page}{verb}/").status_code == 404
    assert Renewal.objects.get().state == RenewalState.UPCOMING


def test_who_moved_reads_the_same_next_payment_on_every_page(stocked: list[str], owner: Owner) -> None:
    order = owner.buys(stocked[0]).order
    set_profile(person=owner.person, country="DE", by=SYSTEM, at=now())
    pages = ("/en/account/invoices/", "/en/account/", f"/en/account/renewals/{order}/")
    assert all("58.31" in owner.sees(page) for page in pages)
    actions.switch_off(order=order, by=Actor.customer(owner.person), at=now())
    assert "Next payment" not in owner.sees(pages[0])
