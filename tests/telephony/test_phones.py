"""A customer's phones: passwords that are shown once, names, and what the switch should hold."""

import hashlib
from uuid import UUID, uuid4

import pytest

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register
from ringfence.telephony import phone_queries
from ringfence.telephony.account_tokens import account_token
from ringfence.telephony.actions import phones
from ringfence.telephony.models import Phone
from ringfence.telephony.node_models import Changed, RouteChange
from ringfence.telephony.phone_models import username_of
from ringfence.telephony.rules import PHONES_AT_MOST
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def added(name: str = "Reception", subject: UUID | None = None) -> tuple[phones.Credentials, Actor]:
    """Return a new phone and the customer who has it."""
    subject = subject or uuid4()
    customer = Actor.customer(subject)
    return phones.add(subject=subject, name=name, by=customer, at=AT), customer


def changes() -> list[str]:
    return list(RouteChange.objects.filter(what=Changed.PHONE).order_by("id").values_list("key", flat=True))


@pytest.mark.promise("2.3")
def test_a_password_is_kept_as_a_digest_only() -> None:
    credentials, _customer = added()
    row = Phone.objects.get()
    proof = f"{credentials.username}:{row.realm}:{credentials.password}".encode()
    assert row.ha1.open() == hashlib.md5(proof).hexdigest()
    assert len(credentials.password) == 20
    assert credentials.password not in repr(credentials)
    assert credentials.password.encode() not in bytes(Phone.objects.values_list("ha1", flat=True)[0])


def test_user_names_and_passwords_are_never_alike() -> None:
    made = [added()[0] for _ in range(50)]
    assert len({one.username for one in made}) == len({one.password for one in made}) == 50
    assert all(one.username == username_of(one.phone) == one.public_id[-12:] for one in made)


def test_the_switch_is_told_of_each_change() -> None:
    credentials, customer = added()
    phones.new_password(phone=credentials.phone, by=customer, at=AT)
    phones.remove(phone=credentials.phone, by=customer, at=AT)
    assert changes() == [str(credentials.phone)] * 3


def test_a_new_password_replaces_the_one_before() -> None:
    credentials, customer = added()
    before = phone_queries.phone_account(credentials.phone)
    changed = phones.new_password(phone=credentials.phone, by=customer, at=AT)
    after = phone_queries.phone_account(credentials.phone)
    assert before
    assert after
    assert (changed.username, after.username) == (credentials.username, before.username)
    assert after.ha1 == phones.digest_of(after.username, Phone.objects.get().realm, changed.password)
    assert after.ha1 != before.ha1
    assert after.version > before.version


def test_a_phone_is_called_what_its_customer_says() -> None:
    credentials, customer = added("  The  front desk ")
    (phone,) = phone_queries.phones_of(phone_of_subject(customer))
    assert phone.name.open() == "The front desk"
    phones.rename(phone=credentials.phone, name="Kitchen", by=customer, at=AT)
    (phone,) = phone_queries.phones_of(phone_of_subject(customer))
    assert phone.name.open() == "Kitchen"


def phone_of_subject(customer: Actor) -> UUID:
    assert customer.person
    return customer.person


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "bell\x07"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="name of up to"):
        added(name)


def test_a_customer_has_so_many_phones_and_no_more() -> None:
    subject = uuid4()
    for number in range(PHONES_AT_MOST):
        added(f"Desk {number}", subject)
    with pytest.raises(Refusal, match="which is the most"):
        added("One more", subject)
    assert len(phone_queries.phones_of(subject)) == PHONES_AT_MOST


def test_nobody_touches_anothers_phone() -> None:
    credentials, _customer = added()
    stranger = Actor.customer(uuid4())
    for act in (phones.remove, phones.new_password):
        with pytest.raises(Refusal, match="not there any more"):
            act(phone=credentials.phone, by=stranger, at=AT)
    assert phone_queries.phone_of(phone_of_subject(stranger), credentials.public_id) is None
    assert phone_queries.phone_of(phone_of_subject(stranger), "pho_nonsense") is None


def test_what_the_switch_should_hold() -> None:
    first, customer = added()
    second, _other = added()
    held = {account.username: account for chunk in phone_queries.phone_accounts(chunk=1) for account in chunk}
    assert set(held) == {first.username, second.username}
    assert held[first.username] == phone_queries.phone_account(first.phone)
    assert held[first.username].account == account_token(phone_of_subject(customer))
    assert held[first.username].account != held[second.username].account
    assert held[first.username].ha1 not in repr(held[first.username])


def test_a_phone_of_another_service_name_asks_for_a_new_password(settings: object) -> None:
    credentials, customer = added()
    settings.SIP_NAME = "phones.example.com"  # type: ignore[attr-defined]
    (phone,) = phone_queries.phones_of(phone_of_subject(customer))
    assert phone.is_outdated
    phones.new_password(phone=credentials.phone, by=customer, at=AT)
    (phone,) = phone_queries.phones_of(phone_of_subject(customer))
    assert not phone.is_outdated


@pytest.mark.promise("2.9")
def test_who_leaves_takes_the_phones_along() -> None:
    credentials, customer = added()
    (holder,) = [holder for holder in register.holders() if holder.name == "telephony.phones"]
    assert holder.release
    assert holder.release(subject=phone_of_subject(customer), by=SYSTEM, at=AT) == 1
    assert not Phone.objects.exists()
    assert changes() == [str(credentials.phone)] * 2
    assert phone_queries.phone_account(credentials.phone) is None
