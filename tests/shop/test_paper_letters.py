"""The letters about papers, in both languages, with what each must say and nothing that it must not."""

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.shop import actions
from tests.shop.papers import REVIEWER, Sale

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

SAID = {
    "en": {
        "papers-wanted": [
            "needs documents",
            "Proof of identity",
            "Proof of address",
            "by e-mail",
            "/en/account/orders/ord_",
        ],
        "papers-refused": ["The document is out of date.", "Send the new one.", "Send new documents"],
        "papers-ended": [
            "could not approve",
            "The document is out of date.",
            "Send the new one.",
            "kr 61.25",
            "within 14 days",
            "destroyed 30 days",
        ],
    },
    "nb": {
        "papers-wanted": [
            "krever dokumenter",
            "Bevis for identitet",
            "Bevis for adresse",
            "e-post",
            "/nb/account/orders/ord_",
        ],
        "papers-refused": ["Dokumentet er utløpt.", "Send the new one.", "Send nye dokumenter"],
        "papers-ended": [
            "kunne ikke godkjenne",
            "Dokumentet er utløpt.",
            "61,25 kr",
            "senest innen 14 dager",
            "ødelagt om 30 dager",
        ],
    },
}


@pytest.mark.parametrize("language", ["en", "nb"])
def test_each_step_is_told(language: str) -> None:
    sale = Sale().send()
    said = {"reason": "out_of_date", "explanation": "Send the new one."}
    actions.refuse_papers(order=sale.order, **said, by=REVIEWER, at=sale.at)
    sale.send()
    actions.refuse_papers(order=sale.order, **said, for_good=True, by=REVIEWER, at=sale.at)
    rows = {row.kind: row for row in OutgoingLetter.objects.filter(subject=sale.subject)}
    assert rows.keys() == SAID[language].keys()
    for kind, words in SAID[language].items():
        row = rows[kind]
        letter = written(
            LetterToSend(
                row.pk, kind, row.email.open(), language, "Europe/Oslo", row.facts.open(), row.made_at
            )
        )
        for word in words:
            assert word in letter.subject + letter.text.replace("\xa0", " "), (kind, word)
        assert sale.order in letter.html
        assert "7946" not in letter.subject
        assert "None" not in letter.text
