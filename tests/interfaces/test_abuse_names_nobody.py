"""What the customer of a case reads names nobody who reported, and is looked at before it goes out (5.3 and 2.4)."""

import pytest
from django.conf import settings
from django.test import Client

from ringfence.accounts.actions import set_profile
from ringfence.privacy.looks.check import places
from ringfence.support.abuse import appealing, naming
from ringfence.support.abuse.rules import Outcome
from ringfence.support.abuse_models import AbuseCase
from tests import world
from tests.accounts import builders
from tests.interfaces.test_abuse_pages import desk, press
from tests.support.cases import NOW, SYSTEM, Affair, refused
from tests.support.desk import letter

pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]
SAID = "They called on 2026-11-30 at 14:05. Ring me at +1 555 010 0199, or write to friend@example.org."
TELLING = (
    "You were reported by Offer@Example.net.",
    "You were reported by offer (at) example.net.",
    "offer at example dot net complained.",
    "Ask friend@example.org about it.",
    "You called 555 010 0199 again and again.",
)
FINE = (
    "You called people in a bank’s name on 2026-11-30 at 14:05.",
    "Two of three calls, on 30.11.2026 and later, were made to frighten.",
    "We have an offer: write to caller@example.com.",
)


@pytest.fixture
def affair() -> Affair:
    """A case that was taken up, with somebody without an account who reported it."""
    return Affair().reported(address="offer@example.net", said=SAID).taken_up()


@pytest.mark.promise("5.3")
def test_a_reason_that_tells_who_reported_is_refused_in_its_usual_forms(affair: Affair) -> None:
    for text in TELLING:
        with refused("abuse.names_somebody"):
            affair.decided(reason=text)
        assert affair.row.state == "looking"
    for text in (*FINE, f"Your number {affair.number.e164} was used for fraud."):
        naming.check(case=affair.case, text=text)
    affair.decided().appealed()
    with refused("abuse.names_somebody"):
        appealing.answer_appeal(
            case=affair.case, outcome=Outcome.UPHELD, answer=TELLING[0], by=affair.third, at=NOW
        )


@pytest.mark.promise("5.3")
def test_a_customer_who_reported_is_not_named_either() -> None:
    reporter = builders.customer(email="somebody@example.net")
    set_profile(person=reporter, name="Nora Lind", by=SYSTEM, at=NOW)
    affair = Affair()
    set_profile(person=affair.subject, name="Pia Lind", by=SYSTEM, at=NOW)
    number = world.number_of(reporter, NOW)
    affair.reported(address="somebody@example.net").taken_up()
    for text in ("Nora says so.", f"You called {number.e164[3:]}.", "somebody@example.net complained"):
        with refused("abuse.names_somebody"):
            naming.check(case=affair.case, text=text)
    naming.check(case=affair.case, text="Pia Lind called people. Somebody complained.")


@pytest.mark.promise("5.3")
def test_the_name_of_whoever_wrote_a_letter_is_not_told_and_ordinary_words_are_no_name() -> None:
    affair = Affair()
    sender = "Nora Lind The Number <writer@example.net>"
    to = str(settings.ABUSE_EMAIL)
    letter(f"Calls from {affair.number.e164}", sender="writer@example.net", to=to, From=sender)
    affair.case = AbuseCase.objects.get().pk
    for text in ("Nora says so.", "You called LIND."):
        with refused("abuse.names_somebody"):
            naming.check(case=affair.case, text=text)
    naming.check(case=affair.case, text="The number was used for fraud. Number and caller are known.")


@pytest.mark.promise("5.3")
def test_staff_see_what_the_customer_will_read_before_it_goes_out(affair: Affair) -> None:
    staff, case = desk("first@example.com"), affair.row.public_id
    said = {"decision": "warning", "clause": "5.4", "reason": TELLING[0]}
    press(staff, "console:abuse_case", case)
    told = press(staff, "console:abuse_decide", case, **said, looked="yes")
    assert "of somebody who reported stands in it" in told
    assert TELLING[0] in told, "what was typed is still there"
    said["reason"] = FINE[0]
    shown = press(staff, "console:abuse_decide", case, **said)
    assert "This is what the customer reads" in shown
    assert affair.row.state == "looking", "nothing was sent yet"
    back = press(staff, "console:abuse_decide", case, **said, change="yes")
    assert "Decide the case" in back
    assert FINE[0] in back
    press(staff, "console:abuse_decide", case, **said, looked="yes")
    assert affair.row.state == "decided"


@pytest.mark.promise("2.1")
def test_what_is_compared_is_seen_by_nobody_and_no_look_of_staff() -> None:
    staff = desk("first@example.com")
    builders.customer(email="somebody@example.net")
    affair = Affair().reported(address="somebody@example.net").taken_up()
    case, reason = affair.row.public_id, {"clause": "5.4", "reason": FINE[0]}
    assert "This is what the customer reads" in press(
        staff, "console:abuse_decide", case, decision="warning", **reason
    )
    assert "This is what the customer reads" in press(staff, "console:abuse_close", case, **reason)
    press(staff, "console:abuse_decide", case, decision="warning", **reason, looked="yes")
    assert affair.row.state == "decided"
    assert places(builders.now()) == {}


@pytest.mark.promise("2.4")
def test_a_card_number_is_asked_for_again_in_decisions_and_appeals(affair: Affair) -> None:
    staff, case = desk("first@example.com"), affair.row.public_id
    press(staff, "console:abuse_case", case)
    card = "Paid with 4242 4242 4242 4242"
    for name in ("console:abuse_decide", "console:abuse_close"):
        told = press(staff, name, case, decision="warning", clause="5.4", reason=card, looked="yes")
        assert "We never take those" in told
    assert affair.row.state == "looking"
    affair.decided()
    owner = Client()
    builders.sign_in(owner, affair.subject)
    assert "We never take those" in press(owner, "account:abuse_case", case, text=card)
    assert affair.row.state == "decided"
