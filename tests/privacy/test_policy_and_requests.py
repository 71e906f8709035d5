"""What the database keeps of clauses 4.3, 5.1 and 5.2, whatever the code says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy, rules
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.policy import facts
from ringfence.privacy.policy.models import Acknowledgement
from ringfence.privacy.requests import actions
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState

NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
Break = Callable[..., None]
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.mark.promise("5.2")
def test_the_first_version_counts_at_once_and_stands_in_the_ledger() -> None:
    made = policy.ensure_first_version(by=SYSTEM, at=NOW)
    assert made.number == 1
    assert made.effective_at == made.published_at
    assert policy.ensure_first_version(by=SYSTEM, at=NOW).number == 1
    line = LedgerLine.objects.get(action="privacy.publish_policy")
    assert line.facts["digest"] == bytes(made.digest).hex()
    assert policy.in_force(NOW) == made


@pytest.mark.promise("5.1")
def test_being_shown_the_terms_is_recorded_as_that() -> None:
    person = uuid4()
    assert policy.acknowledge(subject=person, moment="registration", by=SYSTEM, at=NOW) == 1
    policy.acknowledge(subject=person, moment="order", by=SYSTEM, at=NOW)
    policy.acknowledge(subject=person, moment="login", by=SYSTEM, at=NOW)
    moments = Acknowledgement.objects.filter(subject=person).values_list("moment", flat=True)
    assert sorted(moments) == ["order", "registration"]
    with pytest.raises(ValueError, match="not a moment"):
        policy.acknowledge(subject=person, moment="consent", by=SYSTEM, at=NOW)


def test_the_text_has_its_figures_from_the_rules() -> None:
    filled = facts.facts()
    assert filled["request_days"] == str(rules.REQUEST_DAYS)
    assert filled["erasure_final_days"] == "21"
    drafted = policy.drafted()
    assert {one["number"] for one in drafted["nb"]} == set(range(8))


@pytest.mark.promise("4.3")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(received=st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_database_and_the_rules_agree_on_the_time_limit(received: datetime) -> None:
    made = actions.open_request(
        subject=uuid4(),
        kind=RequestKind.CHANGE,
        channel=Channel.MAIL,
        by=SYSTEM,
        at=max(NOW, received),
        received_at=received,
    )
    made.refresh_from_db()
    assert made.due_at == rules.due_at(received)


@pytest.mark.promise("4.3")
@pytest.mark.parametrize(
    "change",
    [
        "due_at = now() + interval '1 year'",
        "received_at = now() + interval '1 day'",
        "kind = 'copy'",
        "channel = 'form'",
        "subject = gen_random_uuid()",
    ],
)
def test_the_clock_of_a_request_cannot_be_edited(change: str) -> None:
    made = actions.open_request(
        subject=uuid4(), kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=SYSTEM, at=NOW
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE privacy_subjectrequest SET {change} WHERE id = %s", [made.pk])


@pytest.mark.promise("4.3")
def test_asking_again_joins_the_open_request() -> None:
    person = uuid4()
    first = actions.open_request(
        subject=person, kind=RequestKind.COPY, channel=Channel.MAIL, by=SYSTEM, at=NOW - timedelta(days=3)
    )
    again = actions.open_request(
        subject=person, kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=SYSTEM, at=NOW
    )
    assert again.pk == first.pk
    assert again.received_at == NOW - timedelta(days=3)


def test_a_request_moves_as_the_table_says_and_only_so() -> None:
    made = actions.open_request(
        subject=uuid4(), kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=SYSTEM, at=NOW
    )
    with pytest.raises(Refusal):
        actions.close(request=made.pk, by=SYSTEM, at=NOW)
    actions.approve(request=made.pk, by=SYSTEM, at=NOW)
    done = actions.carry_out(request=made.pk, by=SYSTEM, at=NOW + timedelta(minutes=1))
    assert done.carried_out_at == NOW + timedelta(minutes=1)
    actions.carry_out(request=made.pk, by=SYSTEM, at=NOW + timedelta(days=1))
    actions.close(request=made.pk, by=SYSTEM, at=NOW + timedelta(minutes=2))
    found = SubjectRequest.objects.get(pk=made.pk)
    assert (found.state, found.carried_out_at) == (RequestState.CLOSED, NOW + timedelta(minutes=1))


def test_every_state_is_reached_and_every_move_is_in_the_table() -> None:
    reached = {RequestState.RECEIVED} | {to for moves in rules.MOVES.values() for to in moves}
    assert reached == set(RequestState) == set(rules.MOVES)
    for state in RequestState:
        for to in RequestState:
            if to in rules.MOVES[state]:
                assert rules.moved(state, to) is to
            else:
                with pytest.raises(Refusal):
                    rules.moved(state, to)
