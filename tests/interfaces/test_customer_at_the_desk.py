"""What staff have at hand of a customer: their numbers, cases and open requests, one way from each to the other."""

import pytest

from ringfence.interfaces.console.caller_forms import CallerAsksForm
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.queries import lines_of
from tests.accounts import builders
from tests.interfaces.test_abuse_pages import desk, page, press
from tests.support.cases import Affair

pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]


@pytest.mark.promise("2.1")
def test_the_page_of_a_customer_shows_numbers_and_cases_and_the_case_leads_back() -> None:
    affair = Affair().reported(said="They asked for my PIN.").taken_up()
    customer = public_id("cus", affair.subject)
    staff = desk("first@example.com")
    press(staff, "console:customer", customer, purpose="customer-called")
    shown = page(staff, "console:customer", customer)
    assert affair.number.e164[-4:] in shown.replace("\xa0", " ")
    assert affair.row.public_id in shown
    assert "PIN" not in shown
    looked = [line.facts.get("what") for line in lines_of(affair.subject) if line.facts.get("what")]
    assert "numbers" in looked, "the customer reads that their numbers were looked at"
    press(staff, "console:abuse_case", affair.row.public_id)
    case = page(staff, "console:abuse_case", affair.row.public_id)
    assert f"/en/staff/customers/{customer}/" in case
    assert "Reads: English" in " ".join(case.split())
    privacy = desk("second@example.com", Role.PRIVACY)
    press(privacy, "console:customer", customer, purpose="request")
    assert affair.row.public_id not in page(privacy, "console:customer", customer)


def test_a_request_is_filed_for_the_customer_one_comes_from() -> None:
    customer = public_id("cus", builders.customer(email="one@example.com"))
    staff = desk("first@example.com")
    press(staff, "console:customer", customer, purpose="customer-called")
    assert f"/en/staff/requests/new/?customer={customer}" in page(staff, "console:customer", customer)
    begun = staff.get(f"/en/staff/requests/new/?customer={customer}")
    assert begun.context["form"]["wanted"].value() == customer
    for nonsense in ("", "cus_x", "<b>"):
        begun = staff.get("/en/staff/requests/new/", {"customer": nonsense})
        assert not begun.context["form"]["wanted"].value()


def test_a_caller_without_orders_is_offered_no_cancellation() -> None:
    assert "cancel" not in dict(CallerAsksForm(has_orders=False).fields["kind"].choices)
    assert "cancel" in dict(CallerAsksForm(has_orders=True).fields["kind"].choices)
    assert not CallerAsksForm({"kind": "cancel"}, has_orders=False).is_valid()
