"""The policy in public, at the desk, and before a customer: published, compared, told, shown once, read again."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.accounts import policy_letters, tasks, work
from ringfence.accounts.actions import letters
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail import writing
from ringfence.interfaces import clock, page_reading
from ringfence.interfaces.storefront import kept
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import policy, promises, recipients, sweeping
from ringfence.privacy.inventory import personal_fields
from ringfence.privacy.policy import ChangeKind, facts
from ringfence.privacy.policy.models import Acknowledgement, PageReading, PolicyNotice
from tests.accounts.builders import customer, run_jobs, staff_member, tell_all_of_policy

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC) + timedelta(seconds=5)
SUMMARY = {"nb": "Du får tre virkedager.", "en": "You get three working days."}
databases = ["default", "keys"]
Path(django_settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture
def swept(db: None) -> None:
    """An installation as it is after its start."""
    sweeping.found(by=SYSTEM, at=datetime.now(UTC))
    kept.forget()


@pytest.fixture
def publish(swept: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], policy.PolicyVersion]:
    """Give three working days, and publish that."""

    def publish() -> policy.PolicyVersion:
        monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "3")
        seen = policy.prepare(kind=ChangeKind.MATERIAL, summary=SUMMARY, by=SYSTEM, at=NOW)
        return policy.publish(seen=seen, by=SYSTEM, at=NOW)

    return publish


Publish = Callable[[], policy.PolicyVersion]


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("5.1")
def test_changed_terms_are_shown_once_and_noted(client: Client, publish: Publish) -> None:
    person = customer(client, email="one@example.com")
    made = publish()
    with clock.standing_at(made.effective_at + timedelta(hours=1)):
        kept.forget()
        led = client.get("/en/account/orders/")
        assert led.status_code == 302
        assert led["Location"] == "/en/account/terms/?next=%2Fen%2Faccount%2Forders%2F"
        assert client.get("/en/account/data/").status_code == 200, "a right waits for nothing"
        page = client.get(led["Location"]).content.decode()
        assert SUMMARY["en"] in page
        assert re.search(r"<del>2</del><ins>3</ins>", page)
        back = client.post("/en/account/terms/", {"next": "/en/account/orders/"})
        assert back["Location"] == "/en/account/orders/"
        assert client.get("/en/account/orders/").status_code == 200
    moments = Acknowledgement.objects.filter(subject=person).values_list("version", "moment")
    assert sorted(moments) == [(1, "registration"), (2, "login")]


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("5.1")
def test_signing_in_alone_notes_nothing(client: Client, publish: Publish) -> None:
    person = customer(email="one@example.com")
    made = publish()
    from tests.accounts.builders import sign_in

    with clock.standing_at(made.effective_at + timedelta(hours=1)):
        sign_in(client, person)
    assert not policy.acknowledged(person, made.number), "nothing was shown yet"


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("5.2")
def test_everybody_is_told_once_whatever_breaks_off(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [customer(email=f"c{place}@example.com", language="nb") for place in range(5)]
    staff_member(None, Role.SUPPORT)
    made = publish()
    real, calls = letters.queue_letter, []

    def broken_off(**said: object) -> object:
        calls.append(said)
        if len(calls) == 4:
            raise ConnectionError
        return real(**said)  # type: ignore[arg-type]

    monkeypatch.setattr(policy_letters, "queue_letter", broken_off)
    with pytest.raises(ConnectionError):
        tell_all_of_policy(NOW, batch=2)
    assert PolicyNotice.objects.count() == OutgoingLetter.objects.filter(kind="policy-change").count() == 2
    assert tell_all_of_policy(NOW, batch=2) == 3
    assert tell_all_of_policy(NOW, batch=2) == 0
    told = OutgoingLetter.objects.filter(kind="policy-change")
    assert {letter.subject for letter in told} == set(people)
    facts_told = told[0].facts.open()
    assert (facts_told["version"], facts_told["before"]) == (made.number, 1)
    assert facts_told["summary"] == SUMMARY["nb"]


@pytest.mark.django_db(databases=databases)
def test_a_change_is_told_batch_by_batch_behind_all_other_letters(
    publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy_letters.tell_some, "__kwdefaults__", {"batch": 2})
    people = [customer(email=f"c{place}@example.com") for place in range(5)]
    publish()
    tasks.tell_of_policy.func(timestamp=0)
    assert run_jobs("accounts.tell") == ["accounts.tell_some_of_policy"] * 4
    told = OutgoingLetter.objects.filter(kind="policy-change")
    assert {letter.subject for letter in told} == set(people)
    assert all(letter.can_wait for letter in told)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT task_name, priority FROM procrastinate_jobs WHERE priority <> 0")
        assert set(cursor.fetchall()) == {
            ("accounts.tell_some_of_policy", work.BEHIND),
            ("accounts.send_letter", work.BEHIND),
        }
    tasks.tell_of_policy.func(timestamp=0)
    assert not run_jobs("accounts.tell"), "nobody is left"


@pytest.mark.django_db(databases=databases)
def test_a_withdrawal_is_told_to_those_who_were_told(client: Client, publish: Publish) -> None:
    told = customer(email="one@example.com")
    publish()
    tell_all_of_policy(NOW)
    customer(email="later@example.com")
    policy.withdraw(number=2, by=SYSTEM, at=NOW)
    tell_all_of_policy(NOW)
    tell_all_of_policy(NOW)
    (letter,) = OutgoingLetter.objects.filter(kind="policy-withdrawn")
    assert letter.subject == told
    assert "accounts.send_letter" in run_jobs("accounts.send_letter")
    page = client.get("/en/policy/2/").content.decode()
    assert "withdrawn before it counted" in page


@pytest.mark.promise("5.2")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_a_letter_says_what_changes_from_when_and_how_to_leave(language: str) -> None:
    told = {"version": 2, "before": 1, "effective": "2026-12-31T10:00:00+00:00", "summary": SUMMARY[language]}
    for kind in ("policy-change", "policy-withdrawn"):
        sent = LetterToSend(uuid4(), kind, "x@example.com", language, "", told, NOW)
        written = writing.written(sent)
        for form in (written.text, written.html):
            assert f"/{language}/policy/" in form
            if kind == "policy-change":
                assert SUMMARY[language] in form
                assert f"/{language}/policy/1/beside/2/" in form
                assert f"/{language}/account/close/" in form
                assert "31" in form


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("5.2")
def test_staff_prepare_preview_and_publish(
    client: Client, swept: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff_member(client, Role.PRIVACY)
    assert "Nothing to publish" in client.get("/en/staff/policy/").content.decode()
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "3")
    said = {"kind": "correction", "summary_nb": SUMMARY["nb"], "summary_en": SUMMARY["en"]}
    refused = client.post("/en/staff/policy/", said).content.decode()
    assert "That is a material change" in refused
    prepared = client.post("/en/staff/policy/", {**said, "kind": "material change"})
    assert prepared["Location"] == "/en/staff/policy/preview/"
    page = client.get("/nb/staff/policy/preview/").content.decode()
    assert SUMMARY["nb"] in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    client.post("/en/staff/policy/preview/", {"seen": "00"})
    assert policy.coming(NOW) is None
    client.post("/en/staff/policy/preview/", {"seen": seen[1]})
    coming = policy.coming(NOW)
    assert coming is not None
    assert SUMMARY["en"] in client.get("/en/policy/").content.decode(), "announced on the page itself"
    client.post("/en/staff/policy/2/withdraw/")
    assert policy.coming(NOW) is None


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("5.2")
@pytest.mark.parametrize("language", ["nb", "en"])
def test_any_two_versions_are_compared(client: Client, publish: Publish, language: str) -> None:
    publish()
    assert client.get(f"/{language}/policy/compare/")["Location"] == f"/{language}/policy/1/beside/2/"
    chosen = client.get(f"/{language}/policy/compare/?from=2&to=1")
    assert chosen["Location"] == f"/{language}/policy/2/beside/1/"
    page = client.get(f"/{language}/policy/1/beside/2/").content.decode()
    assert re.search(r"<del>2</del><ins>3</ins>", page)
    assert page.count("<ins>") == 1
    assert client.get(f"/{language}/policy/1/beside/9/").status_code == 404


@pytest.mark.django_db(databases=databases)
@pytest.mark.promise("0.1")
def test_the_record_of_processing_holds_every_field_and_company(
    client: Client, swept: None, settings: Settings
) -> None:
    settings.GROUP_COMPANIES = ("Example Holding AS",)
    content = client.get("/en/policy/record.csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert len(rows) == len(personal_fields())
    assert all(row["Purpose"] and row["Legal basis"] and row["Kept"] for row in rows)
    data = client.get("/nb/policy/record.json").json()
    assert sum(len(one["dpv:hasPersonalData"]) for one in data["dpv:hasProcess"]) == len(personal_fields())
    named = data["dpv:hasDataController"]["dpv:hasRelationWithOrganisation"]
    assert [one["dpv:hasName"] for one in named] == ["Example Holding AS"]
    prefixes = set(data["@context"])
    terms = set(re.findall(r'"([a-z-]+):[A-Za-z]', client.get("/nb/policy/record.json").content.decode()))
    assert terms - {"http", "https"} <= prefixes
    assert "Example Holding AS" in client.get("/en/policy/record/").content.decode()


def test_recipients_name_fields_that_exist() -> None:
    for one in recipients.entered():
        assert all(field.declaration for field in one.declared())


@pytest.mark.django_db(databases=databases, transaction=True)
@pytest.mark.promise("5.2")
@pytest.mark.promise("7.1")
@pytest.mark.promise("7.4")
def test_the_store_reads_its_own_pages_and_finds_its_own_words(
    swept: None, live_server: LiveServer, settings: Settings, break_words: Callable[[], None]
) -> None:
    settings.READING_ORIGIN = live_server.url
    assert page_reading.read_pages(by=SYSTEM, at=NOW) >= 16
    for clause in ("5.2", "7.1", "7.4"):
        check = promises.promise(clause)
        assert check
        assert check.check(NOW).state == promises.KEPT, check.check(NOW)
    assert PageReading.objects.filter(words__isnull=False).count() == 4
    assert {"www.datatilsynet.no"} == {host for one in PageReading.objects.all() for host in one.hosts}
    break_words()
    page_reading.read_pages(by=SYSTEM, at=NOW)
    check = promises.promise("5.2")
    assert check
    assert check.check(NOW).state == promises.BROKEN


@pytest.fixture
def break_words(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let the page say another word than was published."""
    from ringfence.interfaces.storefront import policy_views

    real = policy_views._sections

    def otherwise(text: dict[str, object], proofs: dict[str, object]) -> object:
        found = real(text, proofs)
        found[1]["clauses"][0]["text"] += "!"
        return found

    return lambda: monkeypatch.setattr(policy_views, "_sections", otherwise)


def test_what_a_page_lacks_is_seen() -> None:
    html = (
        '<html lang="nb"><body><h1>One</h1><h1>Two</h1><a href="https://elsewhere.example/x">There</a></body>'
    )
    page = page_reading.parsed(html)
    found = page_reading._faults(page, "en", prints=False)
    assert set(found) == {
        "unmarked",
        "referrer",
        "no_top",
        "no_language",
        "no_main",
        "no_skip",
        "no_heading",
        "no_print",
    }
