"""The first page of staff: what waits in every queue, the most urgent first, and only what one may open."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from ringfence.interfaces.console.queues import BROKEN, Queue, Thing, most_urgent_first
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy import policy
from ringfence.privacy.rules import RequestKind
from tests.accounts.builders import customer, staff_member
from tests.privacy.asking import asked
from tests.world import SYSTEM

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def thing(name: str, **more: object) -> Thing:
    """Something that waits."""
    return Thing("What", name, "/", **more)  # type: ignore[arg-type] # fields of the class


def test_what_is_late_comes_first_then_time_limits_then_what_waits_longest() -> None:
    things = (
        thing("new", since=NOW),
        thing("old", since=NOW - DAY),
        thing("due", since=NOW, due_at=NOW + 2 * DAY),
        thing("sooner", since=NOW, due_at=NOW + DAY),
        thing("late", since=NOW, tone=BROKEN),
    )
    found = most_urgent_first([Queue("a", "A", "/", 3, things[:3]), Queue("b", "B", "/", 2, things[3:])])
    assert [one.name for _queue, one in found] == ["late", "sooner", "due", "old", "new"]


@pytest.mark.django_db(databases=["default", "keys"])
def test_each_sees_what_waits_in_their_queues(client: Client) -> None:
    policy.ensure_first_version(by=SYSTEM, at=NOW)
    person = customer(email="one@example.com")
    request = public_id("req", asked(person, RequestKind.CHANGE, NOW - 5 * DAY, NOW))
    staff_member(client, Role.SUPPORT)
    page = client.get("/en/staff/").content.decode()
    assert "One thing needs a person." in " ".join(page.split())
    assert request in page
    assert re.search(r"Requests <b>1</b>", page)
    narrowed = client.get("/en/staff/?queue=refunds").content.decode()
    assert request not in narrowed
    assert "Nothing waits in this queue." in narrowed
    other = Client()
    staff_member(other, Role.OPERATIONS)
    page = other.get("/nb/staff/").content.decode()
    assert "Ingenting trenger et menneske nå." in page
    assert request not in page
