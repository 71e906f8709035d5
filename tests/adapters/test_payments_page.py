"""The rehearsal provider's hosted page: both languages, strict, escaped, and plainly a rehearsal."""

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ringfence.adapters.payments.rehearsal_provider.api import Api
from ringfence.adapters.payments.rehearsal_provider.app import App
from ringfence.adapters.payments.rehearsal_provider.books import MOVES, OPEN, Books
from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card, card_of
from ringfence.adapters.payments.rehearsal_provider.mandates import Mandates
from ringfence.adapters.payments.rehearsal_provider.store import Store
from ringfence.adapters.payments.rehearsal_provider.web import Request, Response
from ringfence.adapters.payments.rehearsal_provider.words import ENGLISH, NORWEGIAN, WORDS, amount_text


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        """Start at some moment."""
        self.seconds = 1_000_000.0

    def __call__(self) -> float:
        """Answer in Unix seconds."""
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books(tmp_path: Path, clock: Clock) -> Iterator[Books]:
    store = Store(tmp_path)
    yield Books(store, clock=clock, slow_seconds=5, session_seconds=60)
    store.close()


@pytest.fixture
def app(books: Books) -> App:
    mandates = Mandates(books, clock=books.clock, slow_seconds=5)
    return App(books, mandates, Api(books, mandates, key="k", public_url="http://pay.example"))


def opened(books: Books, **change: Any) -> str:
    asked = {
        "order_id": "ord_one",
        "amount": 124900,
        "currency": "NOK",
        "description": "A number in Norway",
        "language": "nb",
        "success_url": "http://shop.example:8000/nb/takk",
        "cancel_url": "https://other.example/nb/avbrutt",
    } | change
    return str(books.open_session("key", **asked)["id"])


def get(app: App, path: str, **headers: str) -> Response:
    return app.answer(Request("GET", path, headers=headers))


def test_page_speaks_the_language_of_the_payment(app: App, books: Books) -> None:
    page = get(app, f"/pay/{opened(books)}").body.decode()
    assert '<html lang="nb">' in page
    assert "Øving: ingen penger flyttes" in page
    assert "Betal 1\xa0249\xa0kr" in page
    for card, number in NUMBERS.items():
        assert number in page
        assert NORWEGIAN.cards[card] in page


def test_both_languages_say_everything() -> None:
    for field in fields(ENGLISH):
        english, norwegian = getattr(ENGLISH, field.name), getattr(NORWEGIAN, field.name)
        assert english
        assert norwegian
        assert english != norwegian
        if isinstance(english, dict):
            assert set(english) == set(norwegian)
    assert set(ENGLISH.cards) == set(Card) == set(NUMBERS)
    assert set(ENGLISH.ended) == set(MOVES) - {OPEN}
    assert set(WORDS) == {"nb", "en"}


def test_page_is_strict_and_lets_its_form_lead_back_to_the_shop(app: App, books: Books) -> None:
    answer = get(app, f"/pay/{opened(books)}")
    headers = dict(answer.header_list())
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://shop.example:8000 https://other.example" in policy
    assert "unsafe" not in policy
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "set-cookie" not in headers
    page = answer.body.decode()
    assert "<script" not in page
    assert not re.search(r"\sstyle=|\son\w+=", page)


def test_text_from_the_shop_is_escaped(app: App, books: Books) -> None:
    evil = '"><img src=x>&'
    page = get(
        app, f"/pay/{opened(books, description=evil, cancel_url='http://a.example/?' + evil)}"
    ).body.decode()
    assert "<img" not in page
    assert "&quot;&gt;&lt;img src=x&gt;&amp;" in page


@pytest.mark.parametrize("language", ["nb", "en"])
@pytest.mark.parametrize("status", sorted(set(MOVES) - {OPEN}))
def test_ended_payment_says_so_and_shows_the_way_back(
    app: App, books: Books, status: str, language: str
) -> None:
    session = opened(books, language=language)
    books.store.run("UPDATE session SET status = ? WHERE id = ?", status, session)
    page = get(app, f"/pay/{session}").body.decode()
    assert WORDS[language].ended[status][0] in page
    assert ("/nb/takk" in page) is (status in ("paid", "processing"))
    assert 'name="number"' not in page


def test_page_nobody_paid_expires(app: App, books: Books, clock: Clock) -> None:
    session = opened(books)
    clock.seconds += 61
    assert "For sent" in get(app, f"/pay/{session}").body.decode()
    assert [event["type"] for event in books.events_after(None, 10)] == ["payment.expired"]


def test_strangers_get_a_page_in_their_language(app: App) -> None:
    missing = get(app, "/pay/pay_none", **{"accept-language": "nn-NO,en;q=0.5"})
    assert missing.status == 404
    assert "Her er det ingenting" in missing.body.decode()
    assert "no money moves" in get(app, "/", **{"accept-language": "de"}).body.decode()
    assert get(app, "/look.css").content_type.startswith("text/css")
    assert app.answer(Request("POST", "/")).status == 405
    assert app.answer(Request("GET", "/v1/events")).status == 401


def test_amounts_are_written_as_each_language_writes_them() -> None:
    assert amount_text(4900, "NOK", "nb") == "49\xa0kr"
    assert amount_text(123456789, "EUR", "nb") == "1\xa0234\xa0567,89\xa0EUR"
    assert amount_text(123456, "EUR", "en") == "EUR\xa01,234.56"
    assert amount_text(500, "JPY", "en") == "JPY\xa0500"


def test_test_cards_look_like_cards_and_belong_to_no_issuer() -> None:
    for card, number in NUMBERS.items():
        digits = [int(digit) for digit in number.replace(" ", "")]
        doubled = [sum(divmod(digit * 2, 10)) for digit in digits[::2]]
        assert (sum(doubled) + sum(digits[1::2])) % 10 == 0
        assert number.startswith("9990 ")
        assert card_of(number) is card_of(number.replace(" ", "-")) is card_of(f" {number} ") is card
    assert card_of("4242 4242 4242 4242") is None
    assert card_of("") is None
