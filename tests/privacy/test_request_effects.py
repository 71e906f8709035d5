"""What a restriction and an objection do, and what a copy may cost (GDPR art. 18 and 21, clause 7.3)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts import queries
from ringfence.config.parsing_fees import fees as read_fees
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import retention
from ringfence.privacy.inventory import Basis, Purpose, personal_fields
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests import actions, confirming, effects, fees, refusing
from ringfence.privacy.requests.effect_models import CopyFee, StoppedUse
from ringfence.privacy.rules import Ground, RequestKind, RequestState
from tests.accounts.builders import customer, sign_in
from tests.privacy.asking import SYSTEM, asked, letters, officer, row

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
DOLLARS = Money.of("10.00", "USD")
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def person() -> UUID:
    return customer(email="one@example.com", name="Customer One", country="US")


def begun(person: UUID, kind: RequestKind, at: datetime = NOW) -> UUID:
    """Have a person ask and confirm, signed in."""
    request = asked(person, kind, at, at)
    confirming.confirm(request=request, by=Actor.customer(person), at=at)
    return request


@pytest.mark.promise("2.1")
def test_a_restriction_closes_the_account_to_our_own_purposes(person: UUID) -> None:
    request = begun(person, RequestKind.RESTRICT)
    assert row(request).state == RequestState.CLOSED
    before = lines_of(person).count()
    with pytest.raises(Refusal) as refused:
        accounts.look_at_customer(person=person, what="profile", by=officer(purpose="fault"), at=NOW)
    assert refused.value.code == "restricted"
    assert lines_of(person).count() == before
    accounts.look_at_customer(person=person, what="profile", by=officer(purpose="request"), at=NOW)
    effects.lift(subject=person, kind=RequestKind.RESTRICT, by=Actor.customer(person), at=NOW)
    accounts.look_at_customer(person=person, what="profile", by=officer(purpose="fault"), at=NOW)


def test_no_use_is_declared_that_nothing_would_stop() -> None:
    """The page says that nothing stored improves the service: the first such field needs a stop, and another text."""
    declared = [one for one in personal_fields() if one.declaration.purpose is Purpose.IMPROVEMENT]
    assert declared == []
    needless = [one for one in personal_fields() if one.declaration.purpose is Purpose.COMMUNICATION]
    assert {one.declaration.basis for one in needless} == {Basis.CONTRACT}


@pytest.mark.parametrize("kind", [RequestKind.RESTRICT, RequestKind.OBJECT])
def test_only_the_person_lifts_it(person: UUID, kind: RequestKind) -> None:
    begun(person, kind)
    with pytest.raises(Refusal):
        effects.lift(subject=person, kind=kind, by=officer(Role.ADMINISTRATOR), at=NOW)
    assert effects.is_stopped(person, kind)


@pytest.mark.promise("2.8")
def test_a_stop_in_force_stays_and_a_lifted_one_goes_after_three_years(person: UUID) -> None:
    begun(person, RequestKind.RESTRICT)
    begun(person, RequestKind.OBJECT)
    effects.lift(subject=person, kind=RequestKind.OBJECT, by=Actor.customer(person), at=NOW)
    kept = next(one for one in retention.entered() if one.name == "privacy.stopped_uses")
    later = NOW + 3 * 366 * DAY
    assert (kept.overdue(NOW + DAY), kept.overdue(later)) == (0, 1)
    assert kept.let_go(by=SYSTEM, at=later) == 1
    assert list(StoppedUse.objects.values_list("kind", flat=True)) == [RequestKind.RESTRICT]


def test_an_objection_ends_the_note_of_where_somebody_signs_in(person: UUID) -> None:
    sign_in(Client(), person)
    begun(person, RequestKind.OBJECT)
    sign_in(Client(), person)
    assert [(one.network_address, one.device) for one in queries.sessions_of(person)] == [("", "")] * 2
    effects.lift(subject=person, kind=RequestKind.OBJECT, by=Actor.customer(person), at=NOW)
    sign_in(Client(), person)
    assert "192.0.2.1" in {one.network_address for one in queries.sessions_of(person)}


@pytest.mark.promise("7.3")
@pytest.mark.parametrize(
    ("seller", "country", "earlier", "fee"),
    [
        ("NO", "NO", 0, None),
        ("NO", "US", 0, None),
        ("NO", "", 0, None),
        ("NO", "US", 1, DOLLARS),
        ("US", "NO", 0, None),
        ("US", "", 0, None),
        ("US", "US", 0, DOLLARS),
        ("US", "CA", 3, None),
    ],
)
def test_a_first_copy_is_free_wherever_the_gdpr_applies(
    seller: str, country: str, earlier: int, fee: Money | None
) -> None:
    assert fees.decide(seller, country, earlier, {"US": DOLLARS, "NO": DOLLARS}).fee == fee


@pytest.mark.promise("7.3")
def test_a_further_copy_is_announced_accepted_and_only_then_owed(person: UUID, settings: Settings) -> None:
    settings.COPY_FEES = dict(read_fees("US=10.00 USD"))
    by = Actor.customer(person)
    first = begun(person, RequestKind.COPY)
    assert (row(first).state, fees.fee_of(first)) == (RequestState.APPROVED, None)
    actions.carry_out(request=first, by=SYSTEM, at=NOW)
    actions.close(request=first, by=SYSTEM, at=NOW)
    second = begun(person, RequestKind.COPY, NOW + DAY)
    assert row(second).state == RequestState.RECEIVED
    with pytest.raises(Refusal):
        actions.approve(request=second, by=by, at=NOW + DAY)
    with pytest.raises(Refusal):
        fees.accept(request=second, by=officer(), at=NOW + DAY)
    fees.accept(request=second, by=by, at=NOW + DAY)
    confirming.confirm(request=second, by=by, at=NOW + DAY)
    fee = fees.fee_of(second)
    assert fee is not None
    assert (fee.amount, fee.owed_at) == (DOLLARS, None)
    actions.carry_out(request=second, by=SYSTEM, at=NOW + 2 * DAY)
    assert CopyFee.objects.get().owed_at == NOW + 2 * DAY


@pytest.mark.promise("7.3")
def test_a_copy_whose_fee_nobody_accepts_ends_for_that_reason(person: UUID, settings: Settings) -> None:
    settings.COPY_FEES = dict(read_fees("US=10.00 USD"))
    first = begun(person, RequestKind.COPY)
    actions.carry_out(request=first, by=SYSTEM, at=NOW)
    actions.close(request=first, by=SYSTEM, at=NOW)
    with pytest.raises(Refusal):
        refuse(asked(person, RequestKind.RESTRICT, NOW, NOW))
    second = begun(person, RequestKind.COPY, NOW + DAY)
    later = NOW + 28 * DAY
    refusing.refuse_unconfirmed(by=SYSTEM, at=later)
    [notice] = [one for one in letters("request-refused") if one["what"] == "copy"]
    assert (notice["article"], notice["reason"]) == ("15(3)", refusing.NOBODY_ACCEPTED)
    fees.accept(request=second, by=Actor.customer(person), at=later)
    confirming.confirm(request=second, by=Actor.customer(person), at=later)
    assert (row(second).state, row(second).notice) == (RequestState.APPROVED, None)
    with pytest.raises(Refusal):
        refuse(second)


def refuse(request: UUID) -> None:
    """Refuse a request because of its fee."""
    refusing.refuse(request=request, ground=Ground.FEE_NOT_ACCEPTED, reason="No.", by=officer(), at=NOW)


@pytest.mark.promise("7.3")
@pytest.mark.parametrize(
    "values",
    ["500, true, 0, now(), NULL, NULL", "500, true, 1, now(), NULL, now()", "0, false, 1, now(), NULL, NULL"],
    ids=["a first copy", "owed without a yes", "nothing"],
)
def test_the_database_refuses_an_unfair_fee(person: UUID, values: str) -> None:
    request = asked(person, RequestKind.COPY, NOW, NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_copyfee (id, request_id, subject, currency, minor, under_gdpr, earlier_copies,"
            f" announced_at, accepted_at, owed_at) VALUES (gen_random_uuid(), %s, %s, 'USD', {values})",
            [request, person],
        )


@pytest.mark.parametrize("given", ["US", "US=ten", "US=-1.00 USD", "XX=1.00 USD", "US=1.00 USD,US=2.00 USD"])
def test_a_fee_that_makes_no_sense_stops_the_start(given: str) -> None:
    with pytest.raises(ValueError, match=r"expected"):
        read_fees(given)
