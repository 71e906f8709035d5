"""Legal holds at the desk: asked by one, confirmed by another, seen by the customer; retention, asked for by hand."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy import queries
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.models import LegalHold, RetentionRun
from ringfence.privacy.retention_rules import HoldState
from ringfence.telephony.actions import numbers
from tests.accounts import builders
from tests.world import SYSTEM, number_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
REASON = "A dispute about the invoice of October"


def desk(email: str) -> Client:
    """Return the browser of a member of staff for privacy."""
    client = Client()
    builders.staff_member(client, Role.PRIVACY, email=email)
    return client


def said(**changes: object) -> dict[str, object]:
    day = (builders.now() + timedelta(days=60)).date()
    wanted: dict[str, object] = {
        "customer": "customer1@example.com",
        "classes": ["traffic"],
        "article": "GDPR 17(3)(e)",
        "reason": REASON,
        "until": day.isoformat(),
    }
    return {**wanted, **changes}


@pytest.fixture
def customer() -> UUID:
    return builders.customer()


def address(name: str, *args: str) -> str:
    """Return the address of a page in English."""
    with translation.override("en"):
        return reverse(name, args=args)


def page(client: Client, name: str, *args: str) -> str:
    answer = client.get(address(name, *args))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_one_asks_another_confirms_and_the_customer_sees(customer: UUID) -> None:
    first, second = desk("first@example.com"), desk("second@example.com")
    answer = first.post(address("console:hold_new"), said(customer=public_id("cus", customer)))
    hold = LegalHold.objects.get()
    assert answer["Location"] == address("console:hold", hold.public_id)
    assert REASON in page(second, "console:hold", hold.public_id)
    refused = first.post(address("console:hold_confirm", hold.public_id), follow=True)
    assert "Somebody else has to confirm it" in refused.content.decode()
    assert holds.count_in_force(builders.now()) == 0
    second.post(address("console:hold_confirm", hold.public_id))
    assert holds.count_in_force(builders.now()) == 1
    assert hold.public_id in page(second, "console:holds")
    mine = Client()
    builders.sign_in(mine, customer)
    assert REASON in page(mine, "account:holds")
    assert {line.action for line in queries.lines_of(customer)} >= {
        "holds.ask",
        "holds.look_at",
        "holds.confirm",
    }
    assert "Ask that this hold end before its date?" in page(first, "console:hold_end", hold.public_id)
    for _twice in range(2):
        first.post(address("console:hold_end", hold.public_id))
        assert holds.count_in_force(builders.now()) == 1
    assert "to be ended early" in page(second, "console:holds")
    second.post(address("console:hold_keep", hold.public_id))
    second.post(address("console:hold_end", hold.public_id))
    assert "Somebody asked that this hold end" in page(first, "console:hold", hold.public_id)
    assert "End this hold now?" in page(first, "console:hold_end", hold.public_id)
    first.post(address("console:hold_end", hold.public_id))
    assert LegalHold.objects.get().state == HoldState.ENDED
    assert REASON not in page(mine, "account:holds")


@pytest.mark.promise("2.1")
def test_a_list_opens_nothing(customer: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = desk("first@example.com")
    staff.post(address("console:hold_new"), said())
    with monkeypatch.context() as closed:
        closed.setattr(
            "ringfence.privacy.sealed.Sealed.open", lambda _self: pytest.fail("a list opened a value")
        )
        assert holds.listed(HoldState.ASKED)
        assert holds.count_in_force(builders.now()) == 0
    assert LegalHold.objects.get().public_id in page(staff, "console:holds")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"customer": "nobody@example.com"}, "There is no such customer"),
        ({"customer": "", "number": "+442079460199"}, "We have no such number"),
        ({"customer": ""}, "Say which customer, or which number"),
        ({"until": (builders.now() + timedelta(days=400)).date().isoformat()}, "A hold lasts a year at most"),
    ],
)
def test_what_is_wrong_is_said(customer: UUID, changes: dict[str, object], words: str) -> None:
    answer = desk("first@example.com").post(address("console:hold_new"), said(**changes))
    assert words in answer.content.decode()
    assert not LegalHold.objects.exists()


def test_a_hold_on_a_number_shows_its_holder_no_reason(customer: UUID) -> None:
    number = number_of(customer)
    desk("first@example.com").post(address("console:hold_new"), said(customer="", number=number.e164))
    hold = LegalHold.objects.get()
    desk("second@example.com").post(address("console:hold_confirm", hold.public_id))
    mine = Client()
    builders.sign_in(mine, customer)
    for _before_and_after in range(2):
        shown = page(mine, "account:holds")
        assert hold.public_id in shown
        assert REASON not in shown
        assert page(mine, "account:data").count(address("account:holds")) >= 2
        assert address("account:holds") in page(mine, "account:data_kind", "telephony.calls")
        numbers.rest(number=number.id, by=SYSTEM, at=builders.now())
    assert address("account:holds") not in page(mine, "account:data_kind", "accounts.profile")


def test_retention_is_asked_for_at_the_desk_and_noted(customer: UUID) -> None:
    staff = desk("first@example.com")
    assert "Nothing has reached its end yet" in page(staff, "console:retention")
    for _twice in range(2):
        staff.post(address("console:retention"))
    assert builders.run_jobs("privacy.let_go") == ["privacy.let_go"]
    assert RetentionRun.objects.filter(name="accounts.sign_ins").get().runs == 1
    assert "Sign-ins" in page(staff, "console:retention")
