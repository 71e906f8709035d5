"""Each look of staff has a purpose and a line, and a page that opens data without one breaks clause 2.1."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import Person
from ringfence.config.urls import handler400, handler403, handler404, handler500
from ringfence.config.urls import urlpatterns as real
from ringfence.interfaces.console import purpose
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import parse
from ringfence.privacy import promises
from ringfence.privacy.looks import note
from ringfence.privacy.looks.check import places
from ringfence.privacy.promises import running
from tests.accounts.builders import customer, staff_member
from tests.interfaces import route_table, walkers

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.1")]

SYSTEM = Actor.system("tests")


def now() -> datetime:
    return datetime.now(UTC)


def state() -> str:
    return {one.clause: one.state for one in running.run_checks(by=SYSTEM, at=now(), only={"2.1"})}["2.1"]


def peek(request: HttpRequest, person: UUID) -> HttpResponse:
    """A page for staff that somebody forgot to write a line for."""
    return HttpResponse(str(Person.objects.get(pk=person).email.open()))


urlpatterns = [path("en/peek/<uuid:person>/", peek, name="peek"), *real]
__all__ = ["handler400", "handler403", "handler404", "handler500"]


@pytest.fixture
def staff() -> Client:
    client = Client()
    staff_member(client, Role.ADMINISTRATOR)
    return client


def test_a_page_that_opens_data_and_tells_nobody_breaks_it(staff: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__
    person = customer(email="seen@example.com")
    assert state() == promises.KEPT
    assert staff.get(f"/en/peek/{person}/").content == b"seen@example.com"
    assert state() == promises.BROKEN
    assert places(now()) == {"peek": 1}


def test_a_purpose_no_customer_can_read_breaks_it() -> None:
    person, member = customer(email="seen@example.com"), staff_member()

    @action("tests.look")
    def look(*, by: Actor, at: datetime) -> None:
        about(person)

    by = Actor.staff(member, frozenset({Role.SUPPORT}))
    look(by=by.for_purpose("order"), at=now())
    assert state() == promises.KEPT
    look(by=by.for_purpose("because"), at=now())
    assert state() == promises.BROKEN


def test_a_look_with_a_line_is_in_order_and_ones_own_data_is_nobodys_business(staff: Client) -> None:
    person, member = customer(email="seen@example.com"), staff_member(email="staff2@example.com")
    by = Actor.staff(member, frozenset({Role.SUPPORT}), "order")
    with note.watching(member) as watch:
        accounts.look_at_customer(person=person, what="profile", by=by, at=now())
        accounts.look_at_customer(person=member, what="profile", by=by, at=now())
        with note.unwatched():
            Person.objects.get(pk=customer(email="other@example.com")).email.open()
    assert (watch.seen, watch.untold) == ({person, member}, set())


def pages(world: walkers.World) -> Iterator[str]:
    """The pages of the desk, with everything of the owner's in their places."""
    for row in route_table.rows():
        if row.route.startswith("console:") and row.get[-1] == "y":
            yield route_table.address(row, world.places)


def test_no_page_of_the_desk_opens_data_without_a_line(settings: Settings) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    world = walkers.made()
    client = world.clients["administrator"]
    owner = parse(world.places["customer"], "cus")
    stored = client.session
    stored[purpose.STATED] = {str(owner): ["order", now().isoformat()]}
    stored.save()
    answered = [client.get(url).status_code for url in pages(world)]
    assert answered.count(HTTPStatus.OK) > 20
    assert places(now()) == {}
