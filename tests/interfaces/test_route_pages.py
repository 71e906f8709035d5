"""The page of a number: steps, forwards, the letter's link, and the story of a call."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.interfaces import clock, writing
from ringfence.kernel.actor import Actor
from ringfence.telephony import queries, route_queries
from ringfence.telephony.actions import forwards, nodes, numbers, phones, route_settings, route_steps, routes
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.models import RouteStep
from ringfence.telephony.node_models import Place
from ringfence.telephony.opening_hours import Hours, Interval
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import PlanName
from tests.accounts import builders
from tests.world import SYSTEM, number_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
LONDON = "+442079460991"


@dataclass
class Account:
    """A customer who is signed in and has a number."""

    client: Client = field(default_factory=lambda: Client(headers={"accept-language": "en"}))

    def __post_init__(self) -> None:
        self.person = builders.customer(self.client, country="NO", time_zone="Europe/Oslo")
        self.by = Actor.customer(self.person)
        self.number = number_of(self.person, clock.now())
        self.page = f"/en/account/numbers/{self.number.public_id}/"

    def add(self, plan: str = "open", **fields: str) -> tuple[int, str]:
        """Send the form of a new step; return the status and what the page says."""
        prefix = "" if plan == "open" else f"{plan}-"
        sent = {f"{prefix}{name}": value for name, value in {"ring_seconds": "20", **fields}.items()}
        return self.send(f"add/{plan}/", **sent)

    def send(self, below: str, **fields: str) -> tuple[int, str]:
        """Send a form of the number's page."""
        answer = self.client.post(self.page + below, fields, follow=True)
        return answer.status_code, answer.content.decode()

    def read(self, below: str = "", language: str = "en") -> str:
        """Return what a page says, in one line."""
        page = self.page.replace("/en/", f"/{language}/", 1)
        answer = self.client.get(page + below)
        assert answer.status_code == 200, answer.status_code
        return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())

    def steps(self, plan: PlanName = PlanName.OPEN) -> list[str]:
        """Return what is shown of a chain."""
        routing = route_queries.routing_of(self.person, self.number.id, clock.now())
        return [step.target or step.kind.value for step in routing.plan(plan)]

    def step(self, place: int = 0) -> str:
        """Return the address of a step, below the number's page."""
        routing = route_queries.routing_of(self.person, self.number.id, clock.now())
        return f"steps/{routing.open[place].public_id}/"


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def carrier(settings: Settings) -> None:
    """A carrier that takes calls out."""
    settings.SIP_OUTBOUND = ("sip:192.0.2.9",)


def test_a_chain_is_made_moved_and_taken_apart(account: Account) -> None:
    phone = phones.add(subject=account.person, name="Reception", by=account.by, at=clock.now())
    assert "Not pointed anywhere yet" in account.read()
    assert "Saved. The next call rings there." in account.add(kind="sip", sip_uri="desk@pbx.example")[1]
    account.add(kind="mail", ring_seconds="")
    account.add(kind="phone", phone=str(phone.phone))
    assert account.steps() == ["sip:desk@pbx.example", "Reception", "mail"]
    account.send(account.step(1) + "move/up/")
    assert account.steps() == ["Reception", "sip:desk@pbx.example", "mail"]
    page = account.read()
    assert "Reception Registered phone · rings 20 seconds" in page
    assert "A letter about the missed call Letter to you" in page
    account.send(account.step(0), kind="sip", sip_uri="office@pbx.example", ring_seconds="45")
    account.send(account.step(2) + "remove/")
    assert account.steps() == ["sip:office@pbx.example", "sip:desk@pbx.example"]
    assert "Undone" in account.send("undo/")[1]
    assert account.steps() == ["sip:office@pbx.example", "sip:desk@pbx.example", "mail"]


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(account: Account) -> None:
    status, page = account.add(kind="sip", sip_uri="two words", ring_seconds="45")
    assert status == 422
    assert 'value="two words"' in page
    assert 'value="45"' in page
    assert re.search(r'id="id_sip_uri_error"[^>]*>.{0,900}no server', page, re.DOTALL)
    assert account.add(kind="sip", sip_uri="")[0] == 422
    status, page = account.add(kind="sip", sip_uri="a@pbx.example", ring_seconds="500")
    assert (status, "id_ring_seconds_error" in page) == (422, True)
    status, page = account.add(kind="phone")
    assert (status, "You have no phone here yet. Add one first." in page) == (422, True)
    assert account.steps() == []


def test_all_that_is_wrong_is_said_at_once_in_our_words(account: Account) -> None:
    for seconds in ("500", "1", "soon", ""):
        status, page = account.add(kind="sip", sip_uri="two words", ring_seconds=seconds)
        assert (status, "A destination rings for 5 to 120 seconds." in page) == (422, True), seconds
        assert "The address has no server." in page
    page = account.add(kind="sip", sip_uri="")[1]
    assert "Give the SIP address that is to ring" in page
    assert "During opening hours" not in page
    _with_hours(account)
    assert "During opening hours" in account.read("add/open/")


def test_a_step_that_was_moved_is_where_the_page_opens(account: Account) -> None:
    account.add(kind="sip", sip_uri="one@pbx.example")
    account.add(kind="sip", sip_uri="two@pbx.example")
    step = account.step(1)
    answer = account.client.post(account.page + step + "move/up/")
    name = step.split("/")[1]
    assert answer["Location"] == f"{account.page}#{name}"
    assert f'<li id="{name}" tabindex="-1">' in account.client.get(account.page).content.decode()


def test_what_was_set_up_for_somebody_is_no_change_of_theirs_to_undo(account: Account) -> None:
    routes.set_destination(
        number=account.number.id,
        sip_uri="demo@pbx.example",
        undoable=False,
        by=account.by,
        at=clock.now(),
    )
    assert account.steps() == ["sip:demo@pbx.example"]
    assert "Undo the last change" not in account.read()
    account.add(kind="mail", ring_seconds="")
    account.send("undo/")
    assert account.steps() == ["sip:demo@pbx.example"]


def test_removing_the_only_step_asks_first(account: Account) -> None:
    account.add(kind="sip", sip_uri="desk@pbx.example")
    assert "Let it ring nowhere?" in account.send(account.step() + "remove/")[1]
    assert account.steps() == ["sip:desk@pbx.example"]
    assert "rings nowhere now" in account.send("clear/")[1]
    assert account.steps() == []
    assert "Undo the last change" in account.read()


def test_a_suspended_number_says_since_when_and_why(account: Account) -> None:
    numbers.suspend(number=account.number.id, reason="abuse", by=SYSTEM, at=clock.now())
    page = account.read()
    assert "Suspended since" in page
    assert "The reason: Somebody reported its use, and we have decided about it." in page
    assert "yours since" not in page, "the moment is that of the suspension"
    numbers.resume(number=account.number.id, reason="paid", by=SYSTEM, at=clock.now())
    numbers.suspend(number=account.number.id, reason="unpaid", by=SYSTEM, at=clock.now())
    assert "Fornyelsen er ikke betalt." in account.read(language="nb")
    numbers.suspend(number=account.number.id, reason="abuse", by=SYSTEM, at=clock.now())
    page = account.read()
    assert "It rings again when none of these reasons is left" in page
    assert "The renewal is not paid." in page
    assert "Somebody reported its use" in page


def test_without_a_carrier_forwarding_is_not_offered_and_the_page_says_why(account: Account) -> None:
    page = account.read("add/open/")
    assert "no carrier is set up that would take them out" in page
    assert "Another phone number" not in page
    assert account.add(kind="forward", number=LONDON)[0] == 422
    answer = account.client.get("/en/account/numbers/forwarding/").content.decode()
    assert "no carrier is set up" in answer


@pytest.mark.usefixtures("carrier")
def test_a_country_is_allowed_by_whoever_proves_who_they_are(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Forwarding to that country is switched off" in account.add(kind="forward", number=LONDON)[1]
    late = clock.now() + timedelta(hours=1)
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: late)
        answer = account.client.post("/en/account/numbers/forwarding/GB/allow/")
        assert answer["Location"].startswith("/en/account/prove/")
    page = account.client.post("/en/account/numbers/forwarding/GB/allow/", follow=True).content.decode()
    assert "Calls may be forwarded to United Kingdom" in page
    assert OutgoingLetter.objects.filter(kind="forward-country").count() == 1
    assert "a letter tells you" in account.add(kind="forward", number="020 7946 0991")[1]
    page = account.read()
    assert "+44 20 7946 0991" in page
    assert "Rings from" in page
    assert "Until then it rings nowhere" in page
    account.client.post("/en/account/numbers/forwarding/GB/forbid/")
    assert "forwarding to that country is switched off" in account.read()


def _forwarded(account: Account) -> str:
    """Let a number that rings an office forward; return the address of the letter's link."""
    account.add(kind="sip", sip_uri="desk@pbx.example")
    at = clock.now()
    forwards.allow_country(subject=account.person, country="GB", by=account.by, at=at)
    account.send(account.step(), kind="forward", number=LONDON, ring_seconds="20")
    letter = OutgoingLetter.objects.get(kind="forward-waits")
    return f"/en/forwarding/undo/{letter.facts.open()['token']}/"


@pytest.mark.usefixtures("carrier")
def test_the_letters_link_asks_once_and_needs_no_sign_in(account: Account) -> None:
    link, stranger = _forwarded(account), Client()
    assert "Until then: sip:desk@pbx.example" in account.read()
    shown = stranger.get(link).content.decode()
    assert "+44 20 7946 0991" in shown
    assert account.steps() == [LONDON], "looking changes nothing"
    assert "The number rings as before." in stranger.post(link).content.decode()
    assert account.steps() == ["sip:desk@pbx.example"]
    assert stranger.get(link).status_code == stranger.post(link).status_code == 410


@pytest.mark.usefixtures("carrier")
def test_a_form_that_is_sent_twice_is_answered_with_the_number_as_it_is_now(account: Account) -> None:
    account.add(kind="sip", sip_uri="desk@pbx.example")
    stale = account.step()
    forwards.allow_country(subject=account.person, country="GB", by=account.by, at=clock.now())
    sent = {"kind": "forward", "number": LONDON, "ring_seconds": "20"}
    assert "a letter tells you" in account.send(stale, **sent)[1]
    for below in (stale, f"{stale}remove/", f"{stale}move/up/", f"{stale}cancel/"):
        status, page = account.send(below, **sent)
        assert (status, "changed or removed in the meantime" in page) == (200, True)
    assert "in the meantime" in account.client.get(account.page + stale, follow=True).content.decode()
    assert account.steps() == [LONDON]
    assert OutgoingLetter.objects.filter(kind="forward-waits").count() == 1


@pytest.mark.usefixtures("carrier")
def test_a_phone_is_kept_while_a_letters_link_can_bring_it_back(account: Account) -> None:
    phone = phones.add(subject=account.person, name="Reception", by=account.by, at=clock.now())
    account.add(kind="phone", phone=str(phone.phone))
    forwards.allow_country(subject=account.person, country="GB", by=account.by, at=clock.now())
    account.send(account.step(), kind="forward", number=LONDON, ring_seconds="20")
    remove = f"/en/account/phones/{phone.public_id}/remove/"
    waits = account.client.post(remove, follow=True).content.decode()
    assert "A number of yours rings this phone" in waits
    began = clock.now() + timedelta(hours=1)
    forwards.begin(number=account.number.id, by=SYSTEM, at=began)
    until = RouteStep.objects.get(kind="forward").undo_until
    assert until is not None
    shown = account.client.post(remove, follow=True).content.decode()
    with timezone.override(ZoneInfo("Europe/Oslo")):
        assert f"Until {writing.moment(until, at=clock.now(), lang='en')} the link in our letter" in shown
    forwards.close_links(by=SYSTEM, at=until)
    assert "The phone is removed" in account.client.post(remove, follow=True).content.decode()


@pytest.mark.usefixtures("carrier")
def test_a_forward_is_taken_back_in_the_account(account: Account) -> None:
    _forwarded(account)
    assert "Taken back" in account.send(account.step() + "cancel/")[1]
    assert account.steps() == ["sip:desk@pbx.example"]
    assert RouteStep.objects.count() == 1


def test_what_happens_when_it_is_busy(account: Account) -> None:
    account.send("answering/", stop_when_busy="yes", calls_at_once="2")
    route, _e164, _version = queries.route_of(account.number.id)
    assert route is not None
    assert (route.stop_when_busy, route.calls_at_once) == (True, 2)
    status, page = account.send("answering/", stop_when_busy="no", calls_at_once="1000")
    assert (status, "The number can take 1 to 20 calls at once." in page) == (422, True)
    assert 'value="1000"' in page


def _with_hours(account: Account) -> None:
    hours = Hours("Europe/Oslo", ((Interval(540, 1020),),) * 7, "NO")
    route_settings.set_hours(number=account.number.id, hours=hours, by=account.by, at=clock.now())


def test_the_story_of_a_call_tells_the_schedule_and_every_step(account: Account) -> None:
    account.add(kind="sip", sip_uri="desk@pbx.example")
    assert "sip:desk@pbx.example Rings for up to 20 seconds." in account.read("test/")
    _with_hours(account)
    account.add("closed", kind="mail")
    closed = account.read("test/?at=2028-05-17T12:00")
    assert "Closed: 17 May 2028 is a public holiday in Norway (Constitution Day)." in closed
    assert "you get a letter about the missed call" in closed
    assert "Voicemail comes later" in closed
    assert "(Grunnlovsdag)" in account.read("test/?at=2028-05-17T12:00", "nb")
    assert "Open: Monday, 09:00–17:00." in account.read("test/?at=2027-11-22T09:00")
    assert "Closed at this time: Monday is 09:00–17:00." in account.read("test/?at=2027-11-22T17:00")
    account.send("answering/", stop_when_busy="yes")
    assert "If it is busy, the caller hears so at once." in account.read("test/?at=2027-11-22T09:00")
    for asked in ("noon", "9999-12-31T23:59", "0001-01-01T00:00", "0001-01-01T00:00%2B14:00"):
        wrong = account.client.get(account.page + f"test/?at={asked}")
        assert (wrong.status_code, "That is not a time" in wrong.content.decode()) == (422, True), asked


def _node_that_follows(at: datetime) -> None:
    node = nodes.seen(name="edge-1", by=SYSTEM, at=at)
    nodes.load_begins(node=node, place=Place(1 << 60, 0), by=SYSTEM, at=at)
    nodes.loaded(node=node, by=SYSTEM, at=at)


def test_the_story_says_how_far_ahead_the_switch_knows_and_what_no_clock_shows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime(2027, 3, 20, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)
    account = Account()
    _node_that_follows(now)
    assert "The switch has all of this." in account.read("test/?at=2027-09-01T09:00")
    _with_hours(account)
    assert "The switch has all of this." in account.read("test/?at=2027-04-03T09:00")
    beyond = account.read("test/?at=2027-04-04T09:00")
    assert "The switch is told opening hours 15 days ahead" in beyond
    assert "The switch has all of this." not in beyond
    left_out = account.read("test/?at=2027-03-28T02:30")
    assert "No clock in Europe/Oslo shows 2027-03-28 02:30" in left_out
    assert "No clock in" not in account.read("test/?at=2027-03-28T03:00")
    for passed in ("2027-03-20T12:30", "1999-01-01T00:00"):
        answer = account.client.get(account.page + f"test/?at={passed}")
        assert (answer.status_code, "That time has passed." in answer.content.decode()) == (422, True)


@pytest.mark.usefixtures("carrier")
def test_the_story_tells_what_waits_and_what_is_passed_over(account: Account) -> None:
    _forwarded(account)
    now = account.read("test/")
    assert "+44 20 7946 0991 does not ring yet" in now
    assert "sip:desk@pbx.example Rings for up to" in now
    tomorrow = (clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT12:00")
    assert "+44 20 7946 0991 Rings for up to 20 seconds." in account.read(f"test/?at={tomorrow}")
    forwards.forbid_country(subject=account.person, country="GB", by=account.by, at=clock.now())
    assert "Not rung: forwarding to that country is switched off." in account.read(f"test/?at={tomorrow}")


def test_the_story_asks_the_switch_for_phones_and_says_when_it_does_not_answer(account: Account) -> None:
    phone = phones.add(subject=account.person, name="Reception", by=account.by, at=clock.now())
    route_steps.add_step(
        number=account.number.id,
        plan=PlanName.OPEN,
        wanted=Wanted(StepKind.PHONE, phone=phone.phone, ring_seconds=20),
        by=account.by,
        at=clock.now(),
    )
    assert "cannot say now whether the phone is registered" in account.read("test/")


def test_the_list_of_numbers_says_in_short_where_each_rings(account: Account) -> None:
    account.add(kind="sip", sip_uri="desk@pbx.example")
    account.add(kind="mail")
    _with_hours(account)
    page = account.client.get("/en/account/numbers/").content.decode()
    shown = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "Rings sip:desk@pbx.example then a letter to you by opening hours" in shown


def test_nobody_else_touches_a_number(account: Account) -> None:
    account.add(kind="sip", sip_uri="desk@pbx.example")
    step, other = account.step(), Client()
    builders.customer(other, email="other@example.com")
    for below in ("", "test/", "hours/", "add/open/", step):
        assert other.get(account.page + below).status_code == 404
    for below in ("undo/", "clear/", "answering/", step, f"{step}remove/", f"{step}move/up/", "hours/off/"):
        assert other.post(account.page + below).status_code == 404
    assert account.client.get(account.page + "add/night/").status_code == 404
    assert account.client.get(account.page + "steps/stp_nothing/").status_code == 404
    assert account.steps() == ["sip:desk@pbx.example"]
    assert SYSTEM.person is None
