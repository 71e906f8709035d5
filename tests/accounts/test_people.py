"""Profiles, staff who look at customers, what the customer reads of it, and letting go."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test import Client

from ringfence.accounts import actions, queries
from ringfence.accounts.models import Person, SignIn
from ringfence.accounts.rules import ADDRESS_INDEX
from ringfence.interfaces import clock
from ringfence.kernel.action import WriteOutsideAction, about, action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import blind
from ringfence.privacy.ledger.models import LedgerLine
from tests.accounts.builders import PASSWORD, TESTS, customer, now, run_jobs, staff_member

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
DETAILS = {
    "name": "Customer One",
    "phone": "+442079460123",
    "address": "Example Street 1\n0101 Example",
    "company": "Example Company",
    "vat_number": "EX123456789",
    "country": "NO",
    "time_zone": "Europe/Oslo",
    "consumer": "yes",
    "language": "nb",
}


@pytest.mark.promise("4.1")
def test_every_detail_can_be_changed_and_cleared(client: Client) -> None:
    person = customer(client)
    assert client.post("/en/account/details/", DETAILS).status_code == 302
    profile = queries.profile_of(person)
    assert profile is not None
    assert (profile.name, profile.phone, profile.country, profile.consumer) == (
        "Customer One",
        "+442079460123",
        "NO",
        True,
    )
    assert (profile.time_zone, profile.language, profile.complete_for_orders) == ("Europe/Oslo", "nb", True)
    page = client.get("/en/account/details/").content.decode()
    assert all(value in page for name, value in DETAILS.items() if name != "address")
    client.post("/en/account/details/", {"language": "en", "consumer": "no"})
    profile = queries.profile_of(person)
    assert profile is not None
    assert (profile.name, profile.phone, profile.country, profile.consumer) == ("", "", "", False)


@pytest.mark.parametrize(
    ("field", "value"), [("country", "XX"), ("time_zone", "Mars/Base"), ("phone", "12"), ("language", "de")]
)
def test_what_does_not_exist_is_refused(client: Client, field: str, value: str) -> None:
    customer(client)
    assert client.post("/en/account/details/", {"language": "en", field: value}).status_code == 200
    with pytest.raises(Refusal):
        actions.set_profile(
            person=Person.objects.get().pk,
            by=TESTS,
            at=now(),
            **{field: value},  # type: ignore[arg-type] # texts only
        )


@pytest.mark.promise("2.3")
def test_no_detail_stands_in_plain_anywhere(client: Client) -> None:
    customer(client)
    client.post("/en/account/details/", DETAILS)
    client.post("/en/account/details/email/", {"email": "moved@example.org"})
    run_jobs("accounts.answer")
    wanted = [
        "customer1",
        "moved@",
        "Customer One",
        "442079460123",
        "Example Street",
        "Example Company",
        "EX123456789",
        PASSWORD,
    ]
    for alias in ("default", "keys"):
        for table in connections[alias].introspection.table_names():
            with connections[alias].cursor() as cursor:
                cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
                text = str(cursor.fetchone()[0])
            for value in wanted:
                assert value not in text, table
                assert value.encode().hex() not in text, table


@pytest.mark.promise("2.1")
def test_staff_look_with_a_purpose_and_the_customer_reads_it(client: Client) -> None:
    person = customer(client, name="Customer One")
    desk = Client()
    staff_member(desk, Role.SUPPORT)
    assert desk.post("/en/staff/customers/", {"wanted": "customer1@example.com"}).status_code == 200
    assert not LedgerLine.objects.filter(action="accounts.find_customer").exists(), "no purpose, no search"
    found = desk.post(
        "/en/staff/customers/", {"wanted": " Customer1@example.com", "purpose": "customer-called"}
    )
    page = desk.get(found.headers["Location"]).content.decode()
    assert "Customer One" in page
    for language, words in (
        ("en", ("You called us", "Customer support")),
        ("nb", ("Du ringte oss", "Kundestøtte")),
    ):
        history = client.get(f"/{language}/account/history/").content.decode()
        assert all(word in history for word in words), language
    line = LedgerLine.objects.get(action="accounts.look_at_customer")
    assert (line.purpose, line.actor) == ("customer-called", "staff:support")
    assert desk.get(f"/en/staff/customers/{public_id('cus', person)}/").status_code == 200
    assert LedgerLine.objects.filter(action="accounts.look_at_customer").count() == 2, "each look is a line"


@pytest.mark.promise("2.1")
def test_a_customer_is_not_shown_without_a_purpose() -> None:
    person = customer(name="Customer One")
    desk = Client()
    staff_member(desk, Role.SUPPORT)
    path = f"/en/staff/customers/{public_id('cus', person)}/"
    assert "Customer One" not in desk.get(path).content.decode()
    assert not LedgerLine.objects.filter(action="accounts.look_at_customer").exists()
    assert desk.post(path, {"purpose": "curiosity"}).status_code == 200
    desk.post(path, {"purpose": "fault"})
    assert "Customer One" in desk.get(path).content.decode()
    with pytest.raises(WriteOutsideAction):
        actions.look_at_customer(
            person=person,
            what="profile",
            by=Actor.staff(person=Person.objects.get(kind="staff").pk, roles=frozenset({Role.SUPPORT})),
            at=clock.now(),
        )


def test_search_is_exact(client: Client) -> None:
    customer()
    staff_member(client, Role.SUPPORT)
    for wanted in ("customer", "customer1@example", "%", "cus_0", "staff1@example.com", ""):
        assert client.post("/en/staff/customers/", {"wanted": wanted, "purpose": "fault"}).status_code == 200
    number = public_id("cus", Person.objects.get(kind="customer").pk)
    assert (
        client.post("/en/staff/customers/", {"wanted": number.upper(), "purpose": "fault"}).status_code == 302
    )


def test_customers_and_strangers_have_no_desk(client: Client) -> None:
    person = customer(client)
    for path in ("/en/staff/", "/en/staff/customers/", f"/en/staff/customers/{public_id('cus', person)}/"):
        assert client.get(path).status_code == 403
        assert Client().get(path).status_code == 302


def test_staff_are_sent_to_the_desk(client: Client) -> None:
    staff_member(client, Role.SUPPORT)
    assert client.get("/en/account/").headers["Location"] == "/en/staff/"


@pytest.mark.promise("2.9")
def test_erasure_signs_out_and_leaves_nothing(client: Client) -> None:
    person = customer(client, name="Customer One")
    assert client.get("/en/account/").status_code == 200
    for holder in register.holders():
        if holder.name.startswith("accounts."):
            with_action(holder, person)
    keys.destroy(subject=person, classes=frozenset(RetentionClass), by=TESTS, at=now())
    assert client.get("/en/account/").status_code == 302
    assert not Person.objects.exists()
    assert not SignIn.objects.exists()
    assert queries.profile_of(person) is None
    assert queries.find_by_address("customer1@example.com") is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_onetimelink")
        assert cursor.fetchone() == (0,)


def with_action(holder: register.Holder, person: object) -> None:
    """Erase inside an action, as the requests work does."""
    from ringfence.kernel.action import action

    @action("tests.erase")
    def erase(*, by: Actor, at: object) -> None:
        holder.erase(subject=person, by=by, at=at)  # type: ignore[arg-type] # ids and moments as given

    erase(by=TESTS, at=now())


def test_a_copy_holds_every_detail() -> None:
    person = customer(name="Customer One", country="NO")
    records = [record for holder in register.holders() for record in holder.hand_over(person)]
    profile = next(record for record in records if record["kind"] == "accounts.Person")
    assert (profile["name"], profile["country"], profile["email"]) == (
        "Customer One",
        "NO",
        "customer1@example.com",
    )


def test_staff_by_command(capsys: pytest.CaptureFixture[str], client: Client) -> None:
    import argparse

    from ringfence.interfaces.commands import staff

    parser = argparse.ArgumentParser()
    staff.add_arguments(parser)
    assert staff.run(parser.parse_args(["add", "admin@example.com", "--role", "administrator"])) == 0
    link = capsys.readouterr().out.split()[-1]
    path = link.removeprefix("http://localhost:8000")
    assert client.post(path).status_code == 302
    assert client.get("/en/staff/").headers["Location"] == "/en/account/security/"
    person = Person.objects.get(kind="staff").pk
    actions.make_recovery_codes(person=person, by=TESTS, at=now())
    assert staff.run(parser.parse_args(["add", "admin@example.com", "--forget-second-step"])) == 0
    assert queries.protection_of(person).recovery_codes == 0
    assert staff.run(parser.parse_args(["remove", "admin@example.com"])) == 0
    assert client.get("/en/account/security/").status_code == 302
    assert staff.run(parser.parse_args(["remove", "admin@example.com"])) == 1
    customer()
    assert staff.run(parser.parse_args(["add", "customer1@example.com"])) == 1


@action("tests.claim")
def claim(*, email: str, person: UUID, by: Actor, at: datetime) -> None:
    """Leave what a crash between the commits of the two databases leaves: a claim without its person."""
    about(person)
    blind.claim(ADDRESS_INDEX, email, person)


def test_an_address_claimed_by_nobody_is_free_again() -> None:
    living = customer()
    claim(email="lost@example.com", person=new_id(), by=TESTS, at=now())
    assert queries.find_by_address("lost@example.com") is not None
    assert actions.free_orphaned_addresses(by=TESTS, at=now()) == 0, "it may be being made just now"
    assert actions.free_orphaned_addresses(by=TESTS, at=now() + timedelta(hours=2)) == 1
    assert queries.find_by_address("lost@example.com") is None
    assert queries.find_by_address("customer1@example.com") == living
