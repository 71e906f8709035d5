"""Staff cancel for a caller what is paid and not provided yet: it waits for papers, or for a choice (clause 6.2)."""

from uuid import UUID

import pytest
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.kernel.actor import Role
from ringfence.privacy.queries import lines_of
from ringfence.shop import actions
from ringfence.shop.models import Order, Refund
from ringfence.shop.promises import check_returns
from tests.accounts import builders
from tests.shop.conftest import Purchase, now
from tests.shop.papers import Sale
from tests.shop.test_callers import code_sent_to, confirmed, refused, support
from tests.shop.test_late_payment import BLOCKS, late_payer, take_in

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("6.2"),
]


@pytest.fixture(params=["papers", "choice"])
def waiting(request: pytest.FixtureRequest, customer: UUID) -> Purchase:
    """An order that is paid for and waits."""
    if request.param == "papers":
        sale = Sale(subject=customer).send()
        purchase = Purchase.__new__(Purchase)
        purchase.subject, purchase.at, purchase.by, purchase.order = (
            sale.subject,
            sale.at,
            sale.by,
            sale.order,
        )
        return purchase
    take_in(*BLOCKS)
    return late_payer(customer)


def test_a_confirmed_caller_whose_order_waits_is_cancelled_for_and_told(waiting: Purchase) -> None:
    by = support()
    cancel = lambda: actions.cancel(order=waiting.order, by=by, at=now())  # noqa: E731 - three times
    assert refused(cancel) == "caller.not_confirmed"
    confirmed(waiting, by)
    cancel()
    cancel()
    order = Order.objects.get(subject=waiting.subject, state="cancelled")
    assert order.filed_by_staff
    assert Refund.objects.get(order=order).minor == order.gross_minor
    [line] = [line for line in lines_of(waiting.subject) if line.action == "order.cancel"]
    assert (line.purpose, line.facts["filed_by_staff"]) == ("customer-called", True)
    assert check_returns(now()).figures["unconfirmed"] == 0
    row = OutgoingLetter.objects.filter(subject=waiting.subject).latest("made_at")
    for language, said in {"en": "because you called us", "nb": "fordi du ringte oss"}.items():
        letter = LetterToSend(
            row.pk, row.kind, "a@example.com", language, "Europe/Oslo", row.facts.open(), now()
        )
        assert said in " ".join(written(letter).text.split())
        assert said in " ".join(written(letter).html.split())


def test_the_desk_offers_it(waiting: Purchase, client: Client) -> None:
    builders.staff_member(client, Role.SUPPORT)
    said = {"purpose": "customer-called", "wanted": waiting.order, "way": "code"}
    step = client.post("/en/staff/callers/", said)["Location"]
    client.post(step, {"code": code_sent_to(waiting.subject)})
    shown = client.get(step).content.decode()
    assert "It can be cancelled" in shown
    assert "not in service yet" in shown
    client.post(f"{step}cancel/", {"order": waiting.order})
    assert waiting.is_state("cancelled")
    assert "goes back the way it came" in client.get(step).content.decode()
