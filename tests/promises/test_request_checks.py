"""The checks of clauses 4.3 and 7.3 are broken once what they guard is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.privacy import promises
from ringfence.privacy.promises.running import run_checks
from ringfence.privacy.requests import actions, confirming, fees, forms, refusing, warning
from ringfence.privacy.retention import entering
from ringfence.privacy.rules import Ground, RequestKind
from tests.accounts.builders import customer
from tests.privacy.asking import STRANGER, SYSTEM, asked, officer, post

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
Break = Callable[..., None]
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def state_of(clause: str, at: datetime = NOW) -> str:
    """How a clause stands after it was checked."""
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=at, only={clause})}[clause]


def found(clause: str) -> promises.Finding:
    """What a check finds now."""
    promise = promises.promise(clause)
    assert promise is not None
    return promise.check(NOW)


@pytest.fixture
def person() -> UUID:
    return customer(email="one@example.com")


@pytest.mark.promise("4.3")
def test_a_refusal_that_came_too_late_breaks_4_3(person: UUID) -> None:
    request = asked(person, RequestKind.CHANGE, NOW - 31 * DAY, NOW)
    assert state_of("4.3") == promises.BROKEN
    refusing.refuse(request=request, ground=Ground.IS_CORRECT, reason="It is right.", by=officer(), at=NOW)
    post(NOW)
    refusing.follow_notices(by=SYSTEM, at=NOW)
    assert found("4.3").figures["overdue"] == 1


@pytest.mark.promise("4.3")
def test_a_warning_not_sent_and_a_form_nobody_answers_are_due(person: UUID) -> None:
    asked(person, RequestKind.CHANGE, NOW - 9 * DAY, NOW)
    assert (found("4.3").state, found("4.3").figures["unwarned"]) == (promises.DUE_SOON, 1)
    warning.warn_all(by=SYSTEM, at=NOW)
    assert found("4.3").state == promises.KEPT
    forms.take_in(
        kinds=[RequestKind.COPY],
        address="one@example.com",
        asked="",
        language="en",
        by=STRANGER,
        at=NOW - timedelta(hours=2),
    )
    assert found("4.3").state == promises.DUE_SOON


@pytest.mark.promise("4.3")
@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
@pytest.mark.parametrize("guard", ["clock_stays", "open_stays"])
def test_a_clock_that_could_be_edited_breaks_4_3(break_data: Break, guard: str) -> None:
    assert found("4.3").state == promises.KEPT
    try:
        break_data(f"ALTER TABLE privacy_subjectrequest DISABLE TRIGGER {guard}")
        assert state_of("4.3") == promises.BROKEN
    finally:
        break_data(f"ALTER TABLE privacy_subjectrequest ENABLE TRIGGER {guard}")


@pytest.mark.promise("7.3")
def test_a_fair_fee_stays_fair_when_what_shows_it_is_let_go_of(settings: Settings) -> None:
    settings.COPY_FEES = {"US": Money.of("10.00", "USD")}
    person = customer(email="us@example.com", country="US")
    by = Actor.customer(person)
    begun_at = NOW - 3 * 366 * DAY
    for at in (begun_at, begun_at + 300 * DAY):
        request = asked(person, RequestKind.COPY, at, at)
        confirming.confirm(request=request, by=by, at=at)
        fees.accept(request=request, by=by, at=at) if fees.fee_of(request) else None
        actions.approve(request=request, by=by, at=at) if fees.fee_of(request) else None
        actions.carry_out(request=request, by=SYSTEM, at=at)
        actions.close(request=request, by=SYSTEM, at=at)
    assert entering.met_too_long_ago(NOW).count() == 1
    entering.forget_met(by=SYSTEM, at=NOW)
    assert (found("7.3").state, found("7.3").figures["announced"]) == (promises.KEPT, 1)


@pytest.mark.promise("7.3")
@pytest.mark.parametrize("said", ["false, 0", "true, 1"], ids=["outside the GDPR", "after another copy"])
def test_a_fee_for_a_first_copy_breaks_7_3_whatever_it_says_of_itself(person: UUID, said: str) -> None:
    request = asked(person, RequestKind.COPY, NOW, NOW)
    assert found("7.3").state == promises.KEPT
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_copyfee (id, request_id, subject, minor, currency, announced_at, under_gdpr,"
            f" earlier_copies) VALUES (gen_random_uuid(), %s, %s, 500, 'NOK', now(), {said})",
            [request, person],
        )
    assert state_of("7.3") == promises.BROKEN
