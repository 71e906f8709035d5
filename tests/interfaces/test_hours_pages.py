"""The editor of opening hours: kept as it was typed, copied without scripts, each trouble at its field."""

import re
from datetime import date

import pytest
from django.test import Client

from ringfence.interfaces import clock
from ringfence.telephony import route_queries
from ringfence.telephony.opening_hours import Hours, Interval, OnHolidays
from tests.accounts import builders
from tests.world import number_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
OFFICE = Interval(540, 1020)
EVENING = Interval(1200, 180)


class Editor:
    """A customer at the editor of their number."""

    def __init__(self) -> None:
        self.client = Client(headers={"accept-language": "en"})
        self.person = builders.customer(self.client, country="DE", time_zone="Europe/Berlin")
        self.number = number_of(self.person, clock.now())
        self.page = f"/en/account/numbers/{self.number.public_id}/hours/"

    def fields(self) -> dict[str, str]:
        """Return what the form holds now, as a browser would send it."""
        return self.sent(self.client.get(self.page).content.decode())

    def sent(self, page: str) -> dict[str, str]:
        """Return what a page's form would send."""
        found = {}
        for tag in re.findall(r"<input[^>]*>", page):
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            is_off = 'type="radio"' in tag and "checked" not in tag
            if name and not is_off and re.match(r"[ds]\d|on_holidays", name[1]):
                found[name[1]] = value[1] if value else ""
        for name in ("zone", "where"):
            chosen = re.search(rf'<select name="{name}".*?<option value="([^"]*)" selected', page, re.DOTALL)
            found[name] = chosen[1] if chosen else ""
        return found

    def save(self, **changes: str) -> tuple[int, str]:
        """Change fields and save; return the status and what the page says."""
        answer = self.client.post(self.page, self.fields() | changes, follow=True)
        return answer.status_code, answer.content.decode()

    def hours(self) -> Hours | None:
        """Return what is set."""
        return route_queries.routing_of(self.person, self.number.id, clock.now()).hours


@pytest.fixture
def editor() -> Editor:
    return Editor()


def test_an_offices_week_in_the_customers_zone_is_where_it_begins(editor: Editor) -> None:
    status, page = editor.save()
    assert (status, "Saved. The opening hours are in force from now on." in page) == (200, True)
    found = editor.hours()
    assert found == Hours("Europe/Berlin", (*((OFFICE,),) * 5, (), ()), "DE")
    shown = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Monday–Friday 09:00–17:00 Saturday–Sunday closed" in shown
    assert "Closed on public holidays: Germany · Time zone: Europe/Berlin" in shown
    assert "Outside opening hours" in shown


def test_breaks_nights_regions_and_special_days_are_kept(editor: Editor) -> None:
    editor.save(
        d0_0_to="11:30",
        d0_1_from="12:30",
        d0_1_to="16:00",
        d4_0_from="20:00",
        d4_0_to="03:00",
        where="DE-BY",
        on_holidays="as_sunday",
        s0_first="2026-12-24",
        s0_last="2027-01-02",
        s0_name="Christmas break",
    )
    found = editor.hours()
    assert found is not None
    assert found.week[0] == (Interval(540, 690), Interval(750, 960))
    assert found.week[4] == (EVENING,)
    assert (found.country, found.region, found.on_holidays) == ("DE", "BY", OnHolidays.AS_SUNDAY)
    (special,) = found.special
    assert (special.first, special.last, special.name) == (
        date(2026, 12, 24),
        date(2027, 1, 2),
        "Christmas break",
    )
    assert editor.save()[0] == 200
    assert editor.hours() == found, "opening and saving changes nothing"


def test_monday_is_copied_without_scripts_and_nothing_is_saved_by_that(editor: Editor) -> None:
    sent = editor.fields() | {"d0_0_from": "08:00", "d5_0_from": "nonsense", "copy": "weekdays"}
    page = editor.client.post(editor.page, sent).content.decode()
    assert "Not saved yet" in page
    again = editor.sent(page)
    assert [again[f"d{day}_0_from"] for day in range(6)] == ["08:00"] * 5 + ["nonsense"]
    assert editor.hours() is None
    every = editor.sent(editor.client.post(editor.page, sent | {"copy": "all"}).content.decode())
    assert {every[f"d{day}_0_from"] for day in range(7)} == {"08:00"}


def test_enter_in_a_field_saves(editor: Editor) -> None:
    """A browser that is told Enter presses the first button of the form."""
    page = editor.client.get(editor.page).content.decode()
    form = page[page.index('<form class="form hours-form"') :]
    first = re.search(r"<button[^>]*>", form)
    assert first is not None
    assert 'type="submit"' in first[0]
    assert "name=" not in first[0], "it saves, and prepares nothing"


def test_lines_of_special_days_come_and_go(editor: Editor) -> None:
    sent = editor.fields() | {"s0_first": "2026-12-24"}
    more = editor.sent(editor.client.post(editor.page, sent | {"add_special": "yes"}).content.decode())
    assert {"s0_first", "s1_first"} <= more.keys()
    gone = editor.client.post(editor.page, more | {"remove_special": "0"}).content.decode()
    assert editor.sent(gone)["s0_first"] == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"d0_0_from": "25:00"}, "“25:00” is not a time"),
        ({"d0_0_to": ""}, "Give both times, or neither"),
        ({"d0_1_from": "16:00", "d0_1_to": "18:00"}, "Two times of this day overlap"),
        ({"zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"s0_first": "2026-12-24", "s0_last": "2026-12-20"}, "The last day comes before the first."),
        ({"s0_name": "Party"}, "Give the day, or empty the other fields"),
        ({f"d{day}_0_{end}": "" for day in range(7) for end in ("from", "to")}, "Every day is closed"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    editor: Editor, changes: dict[str, str], said: str
) -> None:
    status, page = editor.save(**changes)
    assert (status, said in page) == (422, True)
    kept = editor.sent(page)
    assert all(kept[name] == value for name, value in changes.items() if name != "zone")
    assert editor.hours() is None


def test_a_number_without_hours_rings_at_all_times(editor: Editor) -> None:
    editor.save()
    page = editor.client.post(editor.page + "off/", follow=True).content.decode()
    assert "it rings at all times" in page
    assert editor.hours() is None
