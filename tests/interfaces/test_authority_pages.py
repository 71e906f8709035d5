"""The yearly report that everybody reads, and what staff see of what could be handed over (clause 3.3)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation

from ringfence.interfaces import passkey_step
from ringfence.kernel.actor import Role
from ringfence.privacy.authorities import deciding, handing, report, today
from ringfence.privacy.authorities.rules import Outcome
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from tests.accounts import builders
from tests.privacy.demand_world import DAY, NOW, Demand
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.3")]


def address(name: str, *args: str, language: str = "en") -> str:
    with translation.override(language):
        return reverse(name, args=args)


def text(client: Client, name: str, language: str = "en") -> str:
    answer = client.get(address(name, language=language))
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def decided(count: int, outcome: str, sort: str = "police") -> None:
    """Put so many decided demands of last year into the table, as figures that are left of cases."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_authoritydemand (id, subject, kind, sort, follows, key, fields, state, received_at,"
            " entered_at, deadline, outcome, granted_fields, fetches, people, handed_over_at, proposed_by,"
            " confirmed_by, confirmed_at, closed_at) SELECT gen_random_uuid(), gen_random_uuid(), 'hand_over', %s, '',"
            " '', '{}',"
            " 'closed', now() - interval '1 year', now(), now(), %s, '{}', 0, 2,"
            " CASE WHEN %s = 'full' THEN now() END, '\\x01', '\\x02', now(), now() FROM generate_series(1, %s)",
            [sort, outcome, outcome, count],
        )


def last_year() -> report.Year:
    return report.years(NOW)[0]


def test_a_year_is_told_when_it_is_over_and_small_counts_are_hidden(client: Client) -> None:
    Demand(Target(builders.customer())).handed_over()
    assert report.years(NOW) == []
    waits = Demand(Target(builders.customer(email="other@example.com")))
    assert report.years(datetime(NOW.year + 1, 1, 1, tzinfo=UTC)) == [], "not while one of it is not answered"
    deciding.withdraw(demand=waits.key, reason="Taken back.", by=waits.first, at=NOW)
    assert "No year is told yet" in text(client, "storefront:authorities")
    assert report.years(datetime(NOW.year + 1, 1, 1, tzinfo=UTC))[0].outcomes["full"] is None
    decided(7, Outcome.FULL)
    decided(6, Outcome.REFUSED)
    assert (last_year().received, last_year().people, last_year().sorts) == (
        13,
        14,
        {"police": 13, "court": 0, "supervisor": 0, "other": 0},
    )
    decided(2, Outcome.PARTIAL)
    found = last_year()
    assert (found.received, found.sorts, found.outcomes["partial"]) == (None, None, None)
    assert (found.outcomes["full"], found.outcomes["refused"], found.outcomes["preserved"]) == (7, 6, 0)
    shown = text(client, "storefront:authorities")
    assert "fewer than 5" in shown
    assert "not told" in shown
    assert "færre enn 5" in text(client, "storefront:authorities", "nb")
    machine = client.get(address("storefront:authorities_json")).json()
    assert machine["fewer_than"] == 5
    assert machine["years"][0]["outcomes"] == found.outcomes


def test_who_demanded_is_hidden_where_it_would_give_a_count_away() -> None:
    decided(7, Outcome.FULL)
    decided(1, Outcome.FULL, "court")
    assert (last_year().received, last_year().sorts, last_year().outcomes["full"]) == (None, None, 8)


def test_staff_see_what_could_be_handed_over_and_what_nobody_can_read_any_more(client: Client) -> None:
    person, _other = (
        builders.customer(name="Customer One"),
        builders.customer(email="other@example.com", name="Two"),
    )

    def name() -> today.Today:
        classes = {one.name: one for one in today.by_class()}
        fields = [field for kind in classes["account"].kinds.values() for field in kind]
        return next(field for field in fields if str(field.field) == "accounts.Person.name")

    assert (name().stored, name().unreadable, name().may_leave) == (2, 0, True)
    keys.destroy(subject=person, classes=[RetentionClass.ACCOUNT], by=SYSTEM, at=NOW)
    assert (name().stored, name().looked_at, name().unreadable) == (2, 2, 1)
    builders.staff_member(client, Role.PRIVACY)
    shown = text(client, "console:authority_today")
    assert "accounts.Person.name" in shown
    assert "Customer One" not in shown


def test_a_later_day_is_asked_for_by_one_and_confirmed_by_another_on_the_page(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkey_step, "is_shown", lambda _request, _at: True)
    made = Demand(Target(builders.customer())).handed_over(quiet_until=(NOW + DAY).date())
    page = address("console:authority_quiet", made.row.public_id)
    confirm = address("console:authority_quiet_confirm", made.row.public_id)
    later = (NOW + 30 * DAY).date()
    other: Any = Client()
    for one, email in ((client, "first@example.com"), (other, "second@example.com")):
        builders.staff_member(one, Role.PRIVACY, email=email)
    client.post(page, {"until": later.isoformat(), "because": "A court said so."})
    assert "You asked for this." in client.get(page).content.decode()
    client.post(confirm)
    assert made.row.quiet_until != later
    assert "Confirm this day" in other.get(page).content.decode()
    other.post(confirm)
    assert made.row.quiet_until == later


def test_demands_wait_on_the_desk_with_their_deadline(client: Client) -> None:
    builders.staff_member(client, Role.PRIVACY)
    made = Demand(Target(builders.customer()))
    for name in ("console:desk", "console:authorities"):
        assert made.row.public_id in text(client, name)
    other: Any = Client()
    builders.staff_member(other, Role.SUPPORT, email="support@example.com")
    assert made.row.public_id not in text(other, "console:desk")


@pytest.mark.promise("2.5")
def test_the_account_shows_who_got_what_once_no_law_forbids_it(client: Client) -> None:
    person = builders.customer(client)
    made = Demand(Target(person)).handed_over(quiet_until=(NOW + DAY).date())
    pages = ("account:disclosures", "account:data", "account:history")
    assert not any("Example Police" in text(client, name) for name in pages)
    assert made.row.public_id not in "".join(text(client, name) for name in pages)
    handing.tell(demand=made.key, by=SYSTEM, at=NOW + DAY)
    assert "Example Police" in text(client, "account:disclosures")
    assert "We told you what was handed to an authority" in text(client, "account:history")
