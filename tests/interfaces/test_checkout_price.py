"""What was shown is what is charged: the server decides the price, whatever a form says."""

import re
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, queries
from ringfence.shop.models import Order
from ringfence.shop.rules import OrderState, Term
from tests.accounts import builders
from tests.interfaces.test_storefront import text_of
from tests.shop.conftest import Purchase, kroner, now, payments, provider_process, stocked  # noqa: F401 - fixtures
from tests.world import a_price

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


def form_of(page: HttpResponse) -> dict[str, str]:
    """Return what the checkout's pay form would send."""
    form = re.split(r'action="[^"]*/pay/"', page.content.decode())[1].split("</form>")[0]
    found = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


class AtCheckout:
    """A customer with a number on hold, at its checkout."""

    def __init__(self, client: Client, number: str, **profile: object) -> None:
        known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}
        self.client = client
        self.subject: UUID = builders.customer(client, **{**known, **profile})  # type: ignore[arg-type]
        self.purchase = Purchase(self.subject, number)
        self.url = f"/en/checkout/{self.purchase.order}/"

    def page(self, query: str = "") -> HttpResponse:
        """Look at the checkout."""
        return self.client.get(self.url + query)  # type: ignore[return-value]

    def send(self, **form: str) -> HttpResponse:
        """Send the form to pay."""
        return self.client.post(f"{self.url}pay/", form)  # type: ignore[return-value]

    @property
    def order(self) -> Order:
        """The order as it is stored."""
        return Order.objects.get()


@pytest.mark.parametrize(
    "tampered",
    [
        {"shown": "0.01 NOK"},
        {"shown": "61.24 NOK"},
        {"shown": "61.25 EUR"},
        {"shown": "61.25 XXX"},
        {"shown": "-61.25 NOK"},
        {"shown": "6125"},
        {"shown": ""},
        {"term": "year"},
        {"term": "year", "shown": "0 NOK"},
        {"currency": "EUR", "shown": "4.50 EUR"},
    ],
)
def test_a_form_that_says_another_price_orders_nothing(
    client: Client,
    stocked: list[str],  # noqa: F811
    tampered: dict[str, str],
) -> None:
    at_checkout = AtCheckout(client, stocked[0])
    form = form_of(at_checkout.page())
    assert form["shown"] == "61.25 NOK"
    answer = at_checkout.send(**{**form, **tampered})
    assert answer.status_code == 409
    assert at_checkout.order.state == OrderState.HELD
    assert at_checkout.order.gross_minor is None
    assert "Order and pay kr" in text_of(answer)


@pytest.mark.parametrize("extra", ["net", "rate", "monthly", "vat_rate", "gross", "discount", "country"])
def test_fields_that_only_explain_decide_nothing(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
    extra: str,
) -> None:
    at_checkout = AtCheckout(client, stocked[0])
    answer = at_checkout.send(**{**form_of(at_checkout.page()), extra: "1"})
    assert answer.status_code == 303
    assert (at_checkout.order.gross_minor, at_checkout.order.currency) == (6125, "NOK")


def test_a_price_that_changed_is_shown_explained_and_asked_for_again(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
) -> None:
    at_checkout = AtCheckout(client, stocked[0])
    form = form_of(at_checkout.page())
    a_price("GB", "geographic", "60", at=now())
    answer = at_checkout.send(**form)
    assert answer.status_code == 409
    said = text_of(answer)
    assert "You saw kr 61.25; the sum is now kr 75" in said
    assert "The price of such numbers has been changed." in said
    assert at_checkout.order.state == OrderState.HELD
    assert at_checkout.send(**form_of(answer)).status_code == 303
    assert at_checkout.order.gross_minor == 7500


def test_the_tax_follows_a_move_and_is_asked_for_again(client: Client, stocked: list[str]) -> None:  # noqa: F811
    from ringfence.accounts.actions import set_profile

    at_checkout = AtCheckout(client, stocked[0])
    form = form_of(at_checkout.page())
    set_profile(person=at_checkout.subject, country="DE", by=at_checkout.purchase.by, at=now())
    answer = at_checkout.send(**form)
    assert answer.status_code == 409
    assert "VAT is now 19 %." in text_of(answer)


def test_a_year_costs_what_is_shown_and_renews_after_a_year(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
) -> None:
    at_checkout = AtCheckout(client, stocked[0])
    page = at_checkout.page("?term=year")
    said = text_of(page)
    assert "Order and pay kr 661.50" in said
    assert "saves kr 73.50" in said
    assert "the year ends on" in said
    form = form_of(page)
    assert (form["shown"], form["term"]) == ("661.50 NOK", "year")
    assert at_checkout.send(**form).status_code == 303
    view = queries.order(at_checkout.purchase.order)
    assert view is not None
    assert (view.term, view.period, view.price and view.price.gross) == (
        Term.YEAR,
        kroner("529.20"),
        kroner("661.50"),
    )


def test_currencies_are_those_with_a_price_and_buyers_at_home_pay_in_kroner(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
) -> None:
    a_price("GB", "geographic", "4.50", currency="EUR", at=now())
    at_home = AtCheckout(client, stocked[0])
    assert "Pay in" not in text_of(at_home.page())
    with pytest.raises(Refusal) as refused:
        actions.check_out(
            order=at_home.purchase.order, shown=Money(563, "EUR"), by=at_home.purchase.by, at=now()
        )
    assert refused.value.code == "order.not_sold_so"
    abroad = AtCheckout(Client(), stocked[1], country="DE", time_zone="Europe/Berlin", email="de@example.com")
    page = abroad.page("?currency=EUR")
    assert "Pay in" in text_of(page)
    assert form_of(page)["shown"] == "5.36 EUR"
    assert abroad.send(**form_of(page)).status_code == 303
    placed = Order.objects.get(subject=abroad.subject)
    assert (placed.gross_minor, placed.currency) == (536, "EUR")


def test_once_agreed_the_price_stays_and_another_amount_is_refused(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
) -> None:
    at_checkout = AtCheckout(client, stocked[0])
    form = form_of(at_checkout.page())
    assert at_checkout.send(**form).status_code == 303
    a_price("GB", "geographic", "60", at=now())
    page = at_checkout.page()
    assert "This is what you agreed to." in text_of(page)
    assert form_of(page)["shown"] == "61.25 NOK"
    assert at_checkout.send(**(form | {"shown": "1.00 NOK"})).status_code == 409
    assert at_checkout.send(**form_of(page)).status_code == 303
    assert at_checkout.order.gross_minor == 6125


def test_a_stranger_sees_the_prices_of_their_own_country(client: Client, stocked: list[str]) -> None:  # noqa: F811
    assert "kr 61.25" in text_of(client.get("/en/prices/"))
    german = text_of(client.get("/en/prices/?buyer=DE"))
    assert "kr 58.31" in german
    assert "buyers in Germany" in german
    assert "kr 61.25" in text_of(client.get("/en/prices/?buyer=%3Cscript%3E"))


def test_a_business_is_asked_for_its_number_and_a_consumer_is_not(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: object,  # noqa: F811
) -> None:
    consumer = AtCheckout(client, stocked[0])
    assert 'name="vat_number"' not in consumer.page().content.decode()
    firm = AtCheckout(
        Client(), stocked[1], consumer=False, country="DE", time_zone="Europe/Berlin", email="de@example.com"
    )
    page = text_of(firm.page())
    assert "Order and pay kr 58.31" in page
    assert "since we have no valid VAT number of yours" in page
    wrong = firm.client.post(firm.url, {"company": "A firm", "vat_number": "DE136695977"})
    assert wrong.status_code == 200
    assert "cannot be a VAT number" in text_of(wrong)
    assert (
        firm.client.post(firm.url, {"company": "A firm", "vat_number": "de 136 695 976"}).status_code == 302
    )
    page = firm.page()
    assert "Reverse charge" in text_of(page)
    assert firm.send(**form_of(page)).status_code == 303
    placed = Order.objects.get(subject=firm.subject)
    assert (placed.gross_minor, placed.vat_minor) == (4900, 0)
    assert placed.vat_number is not None
    assert placed.vat_number.open() == "DE136695976"
