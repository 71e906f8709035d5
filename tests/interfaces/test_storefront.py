"""The storefront as a browser without JavaScript sees it: search, choose, pay elsewhere, come back."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
from ringfence.adapters.payments.trust import trusted
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.shop import actions, queries
from ringfence.shop.rules import HOLD
from tests.accounts import builders
from tests.shop.conftest import (
    SYSTEM,
    Provider,
    Purchase,
    a_customer,
    eventually,
    found_anywhere,
    now,
    payments,  # noqa: F401 - fixtures
    provider_process,  # noqa: F401
    stocked,  # noqa: F401
)

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

PUBLIC = ["", "prices/", "help/", "contact/", "cookies/", "report-abuse/"]


def pay(client: Client, url: str, page: str = "") -> HttpResponse:
    """Send the form of the checkout, or of another page, with what the page put into it."""
    form = re.split(r'action="[^"]*/pay/"', client.get(page or url).content.decode())[1].split("</form>")[0]
    return client.post(
        f"{url}pay/", dict(re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', form))
    )  # type: ignore[return-value]


def text_of(response: object) -> str:
    content: bytes = response.content  # type: ignore[attr-defined]
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).replace("\xa0", " ").split())


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_answer_in_both_languages(
    client: Client,
    stocked: list[str],  # noqa: F811
    language: str,
    path: str,
) -> None:
    response = client.get(f"/{language}/{path}")
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.content.decode()
    assert f'href="/{"en" if language == "nb" else "nb"}/{path}"' in response.content.decode()
    words = {"": "ringer", "prices/": "Priser", "help/": "avbestiller", "contact/": "Kontakt"}.get(
        path, "misbruk"
    )
    assert language == "en" or words in text_of(response)


def test_without_stock_the_front_page_says_so(client: Client) -> None:
    assert "No numbers are for sale just now" in text_of(client.get("/en/"))


def test_the_address_bar_holds_the_whole_search(client: Client, stocked: list[str]) -> None:  # noqa: F811
    page = client.get("/en/", {"country": "GB", "digits": "003"}).content.decode()
    assert page.count("<mark>003</mark>") == page.count('class="number"') > 0
    assert re.search(r'<option value="GB"\s+selected>', page)
    assert 'value="003"' in page
    assert "+1 202" not in text_of(client.get("/en/", {"country": "GB", "digits": "003"}))


def test_every_number_is_reached_once_page_by_page(client: Client, stocked: list[str]) -> None:  # noqa: F811
    seen: list[str] = []
    url = "/en/?country=GB"
    while url:
        page = client.get(url).content.decode()
        seen += re.findall(r'href="/en/numbers/(num_[a-z0-9]+)/', page)
        following = re.search(r'rel="next"\s+href="([^"]+)"', page)
        url = f"/en/{following[1]}".replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == sum(count for code, count in _countries() if code == "GB")


def _countries() -> list[tuple[str, int]]:
    from ringfence.telephony.stock_queries import counts_by_country

    return counts_by_country()


@pytest.mark.parametrize(
    "digits", ["#", "'; DROP TABLE shop_order; --", "9" * 40, "<script>alert(1)</script>"]
)
def test_a_search_that_makes_no_sense_is_explained(client: Client, stocked: list[str], digits: str) -> None:  # noqa: F811
    response = client.get("/en/", {"digits": digits, "after": "nonsense", "country": "no'"})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert "<script>alert" not in response.content.decode()


def test_prices_are_shown_with_tax_and_charged_as_shown(client: Client, stocked: list[str]) -> None:  # noqa: F811
    assert "kr 61.25" in text_of(client.get(f"/en/numbers/{stocked[0]}/"))
    subject = builders.customer(
        client, name="Customer One", country="DE", consumer=True, time_zone="Europe/Berlin"
    )
    assert "kr 58.31" in text_of(client.get(f"/en/numbers/{stocked[0]}/"))
    purchase = Purchase(subject, stocked[0])
    assert "Order and pay kr 58.31" in text_of(client.get(f"/en/checkout/{purchase.order}/"))
    purchase.check_out()
    assert purchase.view.price is not None
    assert purchase.view.price.gross.minor == 5831


def test_a_stranger_who_chooses_is_sent_to_sign_in_and_nothing_is_held(
    client: Client,
    stocked: list[str],  # noqa: F811
) -> None:
    response = client.post(f"/en/numbers/{stocked[0]}/choose/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/en/login/?next=")
    builders.customer(client)
    back = client.get(f"/en/numbers/{stocked[0]}/choose/")
    assert back.headers["Location"] == f"/en/numbers/{stocked[0]}/"
    assert "Keep it for me" in text_of(client.get(back.headers["Location"]))


def test_only_what_is_missing_is_asked(client: Client, stocked: list[str]) -> None:  # noqa: F811
    builders.customer(client, name="Customer One")
    url = client.post(f"/en/numbers/{stocked[0]}/choose/").headers["Location"]
    page = client.get(url).content.decode()
    assert 'name="name"' not in page
    assert 'name="time_zone"' not in page
    assert client.post(url, {"country": "US", "buyer": "consumer"}).status_code == 302
    page = client.get(url).content.decode()
    assert 'name="country"' not in page
    assert 'name="time_zone"' in page
    assert client.post(url, {"time_zone": "Europe/Oslo"}).status_code == 200
    assert client.post(url, {"time_zone": "America/New_York"}).status_code == 302
    assert "Order and pay kr 49" in text_of(client.get(url))


def test_a_country_with_one_time_zone_asks_for_none(client: Client, stocked: list[str]) -> None:  # noqa: F811
    builders.customer(client)
    url = client.post(f"/en/numbers/{stocked[0]}/choose/").headers["Location"]
    client.post(url, {"name": "Customer One", "country": "NO", "buyer": "business"})
    page = text_of(client.get(url))
    assert "For a business, in Norway" in page
    assert "2 working days after the day it works" in page


@pytest.mark.promise("2.4")
@pytest.mark.parametrize(
    "typed", ["4242 4242 4242 4242", "5555555555554444", "NO93 8601 1117 947", "NO9386011117947"]
)
def test_a_card_or_account_typed_into_the_checkout_is_never_stored(
    client: Client,
    stocked: list[str],  # noqa: F811
    typed: str,
) -> None:
    builders.customer(client)
    url = client.post(f"/en/numbers/{stocked[0]}/choose/").headers["Location"]
    answer = client.post(url, {"name": f"One {typed}", "country": "NO", "buyer": "consumer"})
    assert answer.status_code == 200
    assert "card or account number" in text_of(answer)
    client.get("/en/", {"digits": typed})
    assert not found_anywhere(typed)
    assert not found_anywhere(typed.replace(" ", ""))


def test_the_whole_way_without_javascript(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: Provider,  # noqa: F811
    live_server: LiveServer,
    settings: Settings,
) -> None:
    settings.PUBLIC_ORIGIN = live_server.url
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    url = client.post(f"/nb/numbers/{stocked[0]}/choose/").headers["Location"]
    assert "Bestill og betal 61,25 kr" in text_of(client.get(url))
    to_provider = pay(client, url)
    assert to_provider.status_code == 303
    assert to_provider.headers["Location"].startswith(f"http://localhost:{payments.port}/")
    assert pay(client, url).headers["Location"] == to_provider.headers["Location"]
    waiting = client.get(f"{url}done/")
    assert waiting.headers["Refresh"] == "2"
    assert "Venter på betalingen" in text_of(waiting)
    assert "Betal 61,25 kr" in text_of(client.get(f"{url}not-paid/"))
    again = pay(client, url, f"{url}not-paid/")
    assert again.headers.get("Location") == to_provider.headers["Location"]
    paid = httpx.post(
        to_provider.headers["Location"], data={"number": NUMBERS[Card.SUCCEEDS]}, trust_env=False
    )
    back = urlsplit(paid.headers["location"]).path
    eventually(lambda: "Det er ditt" in text_of(client.get(back)), "the page that says it is yours")
    assert "Refresh" not in client.get(back).headers
    [order] = queries.orders_of(subject)
    page = text_of(client.get(f"/nb/account/orders/{order.public_id}/"))
    assert "23:59" in page
    assert "14 dager" in page
    assert client.get(f"/nb/account/orders/{order.public_id}/cancel/").status_code == 200
    assert client.post(f"/nb/account/orders/{order.public_id}/cancel/").status_code == 302
    assert "Pengene dine tilbake" in text_of(client.get(f"/nb/account/orders/{order.public_id}/"))
    builders.run_jobs("shop.")
    assert "Betalt tilbake" in text_of(client.get(f"/nb/account/orders/{order.public_id}/"))
    assert "Betalt tilbake" in text_of(client.get("/nb/account/orders/"))


def test_the_clock_of_the_hold_is_a_real_moment(client: Client, stocked: list[str]) -> None:  # noqa: F811
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    purchase = Purchase(subject, stocked[0])
    page = client.get(f"/en/checkout/{purchase.order}/").content.decode()
    assert purchase.view.held_until.isoformat() in page
    with clock.standing_at(purchase.at + HOLD):
        assert client.get(f"/en/checkout/{purchase.order}/").headers["Location"].endswith("/done/")
        assert client.post(f"/en/checkout/{purchase.order}/pay/").headers["Location"].endswith("/done/")
    purchase.sweep(purchase.at + HOLD)
    assert "The ten minutes are over" in text_of(client.get(f"/en/checkout/{purchase.order}/done/"))


def test_a_provider_that_is_down_is_said_and_the_number_stays(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: Provider,  # noqa: F811
) -> None:
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    purchase = Purchase(subject, stocked[0])
    with payments.trouble(fail_next=3):
        answer = pay(client, f"/en/checkout/{purchase.order}/")
    assert answer.status_code == 503
    assert "the number is still kept for you" in text_of(answer)
    assert pay(client, f"/en/checkout/{purchase.order}/").status_code == 303


def test_letting_go_frees_the_number(client: Client, stocked: list[str]) -> None:  # noqa: F811
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    purchase = Purchase(subject, stocked[0])
    assert client.post(f"/en/checkout/{purchase.order}/let-go/").headers["Location"] == "/en/?country=GB"
    assert purchase.is_state("lapsed")
    assert "You have let the number go" in text_of(client.get("/en/"))


def test_nobody_sees_an_order_of_somebody_else(client: Client, stocked: list[str]) -> None:  # noqa: F811
    purchase = Purchase(a_customer(), stocked[0])
    own = f"/en/checkout/{purchase.order}/"
    paths = [own, f"{own}done/", f"{own}not-paid/", f"/en/account/orders/{purchase.order}/"]
    posts = [f"{own}pay/", f"{own}let-go/", f"/en/account/orders/{purchase.order}/cancel/"]
    assert {client.get(path).status_code for path in paths} == {302}
    builders.customer(client)
    assert {client.get(path).status_code for path in [*paths, "/en/checkout/ord_x/"]} == {404}
    assert {client.post(path).status_code for path in posts} == {404}
    assert purchase.is_state("held")


@pytest.mark.promise("6.1")
def test_after_the_window_the_page_says_so_and_the_button_is_gone(
    client: Client,
    stocked: list[str],  # noqa: F811
    payments: Provider,  # noqa: F811
) -> None:
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    purchase = Purchase(subject, stocked[0]).check_out()
    payments.pay(purchase.page())
    eventually(lambda: purchase.is_state("active"), "the order in service")
    url = f"/en/account/orders/{purchase.order}/"
    assert purchase.view.window is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_order SET window_ends_at = %s, provided_at = provided_at - interval '30 days'",
                       [now() - timedelta(days=1)])  # fmt: skip
    page = text_of(client.get(url))
    assert "The time to cancel this order ended" in page
    assert "Cancel this order" not in page
    assert client.post(f"{url}cancel/").headers["Location"] == f"{url}cancel/"
    assert "The time to cancel this order ended" in text_of(client.get(f"{url}cancel/"))
    assert purchase.is_state("active")


@pytest.mark.promise("6.2")
def test_help_says_how_to_return_a_number(client: Client) -> None:
    page = client.get("/en/help/").content.decode()
    assert 'id="cancel"' in page
    assert 'href="tel:' in page
    assert 'href="mailto:' in page


def test_staff_do_not_shop(client: Client, stocked: list[str]) -> None:  # noqa: F811
    builders.staff_member(client)
    assert client.post(f"/en/numbers/{stocked[0]}/choose/").status_code == 302
    assert actions.place(subject=a_customer(), number=stocked[0], by=Actor.system("tests"), at=now())
    assert SYSTEM.person is None


@pytest.mark.promise("1.4")
def test_the_cookies_page_lists_every_cookie_that_is_set(client: Client, stocked: list[str]) -> None:  # noqa: F811
    listed = client.get("/en/cookies/").content.decode()
    builders.customer(client)
    for path in ("", f"numbers/{stocked[0]}/", "account/orders/"):
        client.get(f"/en/{path}")
    assert client.cookies
    for name in client.cookies:
        assert f"<code>{name}</code>" in listed


def test_lists_ask_the_database_as_often_for_three_as_for_one(client: Client, stocked: list[str]) -> None:  # noqa: F811
    def queries_of(path: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(path).status_code == 200
        return len(counted)

    assert queries_of("/en/?digits=0000") == queries_of("/en/?digits=000")
    subject = builders.customer(
        client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    Purchase(subject, stocked[0])
    client.get("/en/account/")  # The first page of a session asks whether the terms were seen.
    with_one = queries_of("/en/account/orders/")
    for number in stocked[1:3]:
        Purchase(subject, number)
    assert queries_of("/en/account/orders/") == with_one


def test_an_order_speaks_the_language_of_the_page_it_was_placed_on(
    client: Client,
    payments: Provider,  # noqa: F811
    stocked: list[str],  # noqa: F811
) -> None:
    """Letters keep the profile's language; the payment page and the way back have the page's."""
    builders.customer(
        client, language="nb", name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo"
    )
    choice = client.post(f"/en/numbers/{stocked[0]}/choose/").headers["Location"]
    order = choice.strip("/").split("/")[-1]
    placed = queries.order(order)
    assert placed is not None
    assert placed.language == "en"
    page = pay(client, f"/en/checkout/{order}/").headers["Location"]
    assert '<html lang="en"' in httpx.get(page, trust_env=False, verify=trusted()).text
    back = httpx.post(
        page, data={"number": NUMBERS[Card.SUCCEEDS]}, trust_env=False, verify=trusted()
    ).headers["Location"]
    assert urlsplit(back).path.startswith("/en/checkout/")


def test_not_paid_for_what_was_never_ordered_leads_to_the_checkout(
    client: Client,
    stocked: list[str],  # noqa: F811
) -> None:
    purchase = Purchase(builders.customer(client), stocked[0])
    response = client.get(f"/en/checkout/{purchase.order}/not-paid/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/en/checkout/{purchase.order}/")
