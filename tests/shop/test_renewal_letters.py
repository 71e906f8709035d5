"""Letters about renewals: each step in both languages, dates in the customer's time zone, no number in a subject."""

from uuid import UUID

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import Written, written
from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.shop import actions
from tests.shop.conftest import Provider
from tests.shop.renewal_world import DAY, Renewed

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

SAID = {
    "renewal-reminder": ("You need not do anything", "Du trenger ikke å gjøre noe"),
    "renewal-failed": ("The card is charged again", "Kortet belastes på nytt"),
    "renewal-grace": ("goes on working until", "virker fortsatt til"),
    "renewal-suspended": ("calls to it are refused from now on", "anrop til det avvises fra nå av"),
    "renewal-ended": ("it has been given up", "derfor gitt opp"),
    "renewal-paid": ("your number goes on ringing", "nummeret ringer videre"),
    "renewal-off": ("Nothing more is charged", "Ingenting mer blir trukket"),
}


def read(row: OutgoingLetter, language: str) -> Written:
    """The letter as it is sent."""
    facts = row.facts.open()
    return written(
        LetterToSend(row.pk, row.kind, "one@example.com", language, "Europe/Oslo", facts, row.made_at)
    )


def check(customer: UUID, order: str, *kinds: str) -> None:
    rows = {row.kind: row for row in OutgoingLetter.objects.filter(subject=customer)}
    for kind in kinds:
        for language, said in zip(("en", "nb"), SAID[kind], strict=True):
            letter = read(rows[kind], language)
            assert said in letter.text
            assert said.split("'")[0] in letter.html
            assert "+44 20 7946 0000" in letter.text
            assert f"/account/renewals/{order}/" in letter.text
            assert "7946" not in letter.subject


def test_every_step_of_an_unpaid_renewal_is_told(quiet: Provider, stocked: list[str], customer: UUID) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.RENEWAL_REFUSED)
    it.live(it.due + 40 * DAY)
    check(customer, it.order, *(kind for kind in SAID if kind not in {"renewal-paid", "renewal-off"}))


def test_paid_and_switched_off_are_told(quiet: Provider, stocked: list[str], customer: UUID) -> None:
    it = Renewed(quiet, customer, stocked[0], Card.SUCCEEDS)
    it.live(it.due)
    actions.switch_off(order=it.order, by=it.by, at=it.due + DAY)
    check(customer, it.order, "renewal-reminder", "renewal-paid", "renewal-off")
    rows = {row.kind: row for row in OutgoingLetter.objects.filter(subject=customer)}
    assert "CE" in read(rows["renewal-reminder"], "en").text, "the zone is named"
    assert "61,25 kr" in read(rows["renewal-reminder"], "nb").text.replace("\xa0", " ")
