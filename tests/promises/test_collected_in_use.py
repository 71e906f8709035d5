"""Calls and messages belong to the time in which their customer had the number (clause 1.2)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ringfence.privacy import promises
from ringfence.telephony.actions import calls, messages
from ringfence.telephony.message_ports import Arrived
from ringfence.telephony.ports import SpooledLine
from tests.messages.world import a_holder, now
from tests.telephony.spools import spooled
from tests.world import SYSTEM

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("1.2"),
]
Break = Callable[..., None]


def finding(at: datetime) -> promises.Finding:
    found = promises.promise("1.2")
    assert found is not None
    return found.check(at)


@pytest.fixture
def used() -> UUID:
    """Return a number with a call and a message of its customer."""
    holder, at = a_holder(), now()
    call = spooled(
        holder.number.e164,
        started_at=at - timedelta(minutes=9),
        answered_at=at - timedelta(minutes=8),
        ended_at=at - timedelta(minutes=7),
    )
    calls.take_in(lines=[SpooledLine("answered-1.calls", 10, call)], by=SYSTEM, at=at)
    arrived = Arrived("one", holder.number.e164, "+447700900123", "Hello")
    messages.take_in(carrier="plain", arrived=arrived, by=SYSTEM, at=at)
    return holder.number.id


def test_what_came_in_use_is_counted(used: UUID) -> None:
    found = finding(now())
    assert found.state == promises.KEPT
    assert (found.figures["calls"], found.figures["messages"]) == (1, 1)


@pytest.mark.parametrize("moved", ["began_at = now() + interval '1 minute'", "ended_at = began_at"])
def test_what_came_outside_breaks_the_promise(used: UUID, break_data: Break, moved: str) -> None:
    break_data(f"UPDATE telephony_tenure SET {moved}")
    found = finding(now())
    assert found.state == promises.BROKEN
    assert (found.figures["strange_calls"], found.figures["strange_messages"]) == (1, 1)
