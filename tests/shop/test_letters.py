"""The shop's letters, as they reach the post: in the buyer's language, with what a durable medium must hold."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.shop import actions
from tests.shop.conftest import Purchase, now

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
        ],
        "order-cancelled": ["+44 20 7946 0000", "kr 61.25", "within 14 days"],
        "refund-sent": ["kr 61.25", "paid back"],
    },
    "nb": {
        "order-active": ["+44 20 7946 0000", "61,25 kr", "14 dager", "23:59", "Kan avbestilles til"],
        "order-cancelled": ["Bestillingen er avbestilt", "senest innen 14 dager"],
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
