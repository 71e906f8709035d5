"""What acknowledges a letter stands under it in its writer's mailbox (RFC 5322, section 3.6.4; clauses 4.2 and 5.3)."""

import pytest
from django.conf import settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.support import reading
from tests.accounts import builders
from tests.support.desk import letter, sent

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("4.2")]
CUSTOMER = "customer1@example.com"
NAMED = "<asked.1@mail.example.org>"


def answer_of(kind: str) -> dict[str, str]:
    """The one letter of a kind, as it leaves."""
    return sent(OutgoingLetter.objects.get(kind=kind))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please delete my account.", "request-confirm"),
        ("Please delete my account. Please send me a copy of my data.", "requests-confirm"),
    ],
)
def test_what_a_customer_asked_is_acknowledged_under_their_letter(text: str, kind: str) -> None:
    builders.customer(email=CUSTOMER)
    letter(text, sender=CUSTOMER, Message_ID=NAMED)
    builders.run_jobs("privacy.answer_request_form")
    found = answer_of(kind)
    assert (found["In-Reply-To"], found["References"]) == (NAMED, NAMED)
    assert CUSTOMER not in found["Subject"]


def test_who_has_no_account_gets_theirs_the_same_way_and_a_repeat_too() -> None:
    letter("Please delete my account.", Message_ID=NAMED)
    builders.run_jobs("privacy.answer_request_form")
    assert answer_of("request-unknown")["In-Reply-To"] == NAMED


def test_a_report_by_mail_is_acknowledged_under_it() -> None:
    letter("Somebody called.", to=settings.ABUSE_EMAIL, Message_ID=NAMED)
    assert answer_of("abuse-received")["References"] == NAMED


@pytest.mark.parametrize("stated", ["", "no id", "<" + "x" * 300 + "@x>", "<a b@x>", "<\xe6@x>"])
def test_what_cannot_stand_in_a_header_of_ours_does_not(stated: str) -> None:
    letter("Please delete my account.", Message_ID=stated)
    builders.run_jobs("privacy.answer_request_form")
    assert "In-Reply-To" not in answer_of("request-unknown")


def test_an_id_that_breaks_its_line_adds_no_header() -> None:
    content = b"Message-ID: <a@x>\r\n <b@x>\r\nSubject: x\r\n\r\nHello"
    assert reading.answerable_id(content) == "<a@x>"
