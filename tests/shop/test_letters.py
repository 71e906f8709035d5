"""The shop's letters, as they reach the post: in the buyer's language, with what a durable medium must hold."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.shop import actions
from ringfence.shop.ports import PaymentStatus
from tests.shop.conftest import SYSTEM, Purchase, kroner, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

SAID = {
    "en": {
        "order-active": [
            "+44 20 7946 0000",
            "kr 61.25",
            "14 days",
            "23:59",
            "/account/orders/ord_",
            "example.com",
            "VAT, 25 %: kr 12.25",
            "Then each month, with VAT: kr 61.25, next on",
            "Invoice: Number 1",
            "/account/invoices/1/",
            "Terms: Version 1",
            "Seller: ",
        ],
        "order-cancelled": [
            "+44 20 7946 0000",
            "kr 61.25",
            "Cancelled: ",
            "the way you paid",
            "At the latest: ",
        ],
        "refund-sent": ["kr 61.25", "paid back"],
    },
    "nb": {
        "order-active": ["+44 20 7946 0000", "61,25 kr", "14 dager", "23:59", "Kan avbestilles til"],
        "order-cancelled": [
            "Bestillingen er avbestilt",
            "Avbestilt: ",
            "samme vei som du betalte",
            "Senest: ",
        ],
        "refund-sent": ["Pengene er betalt tilbake"],
    },
}


@pytest.mark.parametrize("language", ["nb", "en"])
def test_each_step_is_told_in_the_reader_s_language(paid: Purchase, language: str) -> None:
    at = now()
    actions.cancel(order=paid.order, by=paid.by, at=at)
    paid.sweep(at + timedelta(minutes=5))
    rows = {row.kind: row for row in OutgoingLetter.objects.filter(subject=paid.subject)}
    for kind, words in SAID[language].items():
        row = rows.pop(kind)
        letter = written(
            LetterToSend(
                row.pk, kind, row.email.open(), language, "Europe/Oslo", row.facts.open(), row.made_at
            )
        )
        for word in words:
            assert word in letter.subject + letter.text.replace("\xa0", " "), (kind, word)
        assert paid.order in letter.html
        assert "7946" not in letter.subject
    assert not rows


def test_a_late_payer_is_told() -> None:
    for language, words in (("en", "came too late"), ("nb", "kom for sent")):
        facts = {"order": "ord_x", "amount": "61.25 NOK"}
        letter = written(
            LetterToSend(uuid4(), "order-too-late", "one@example.com", language, "Europe/Oslo", facts, now())
        )
        assert words in letter.subject


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (PaymentStatus.FAILED, "order-failed", {"en": "nothing was charged", "nb": "Ingenting er trukket"}),
        (PaymentStatus.CHARGED_BACK, "order-charged-back", {"en": "out of service", "nb": "ut av drift"}),
    ],
)
def test_a_payment_that_fails_or_is_taken_back_is_told(
    stocked: list[str], customer: UUID, status: PaymentStatus, kind: str, words: dict[str, str]
) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    key, price = purchase.view.id, purchase.view.price
    assert price is not None
    if status is PaymentStatus.CHARGED_BACK:
        actions.settle(order=key, status=PaymentStatus.PAID, amount=price.gross, by=SYSTEM, at=now())
    for _again in range(2):
        actions.settle(order=key, status=status, amount=price.gross, by=SYSTEM, at=now())
    (row,) = OutgoingLetter.objects.filter(subject=customer, kind=kind)
    for language, said in words.items():
        letter = written(
            LetterToSend(row.pk, kind, "one@example.com", language, "Europe/Oslo", row.facts.open(), now())
        )
        assert said in letter.text
        assert purchase.order in letter.html


def test_a_page_that_nobody_paid_on_is_not_told(stocked: list[str], customer: UUID) -> None:
    purchase = Purchase(customer, stocked[0]).check_out()
    nothing = kroner("0")
    actions.settle(order=purchase.view.id, status=PaymentStatus.EXPIRED, amount=nothing, by=SYSTEM, at=now())
    assert purchase.is_state("lapsed")
    assert not OutgoingLetter.objects.filter(subject=customer).exists()
