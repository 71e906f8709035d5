"""The page of trial calls: open in a demonstration of this machine alone, and there only."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.adapters.sip_trial.stage import TrialStage
from ringfence.telephony.actions import numbers
from ringfence.telephony.message_codes import codes_in
from ringfence.telephony.trial import Kind, Party, Step, Trial
from tests.telephony.test_call_intake import sold
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
STEPS = (
    Step(0.0, Party.CARRIER, Party.SWITCH, "INVITE", "INVITE"),
    Step(1.4, Party.SWITCH, Party.PHONE, "INVITE", "INVITE"),
    Step(1.6, Party.PHONE, Party.SWITCH, "180 Ringing", "INVITE"),
    Step(2.25, Party.SWITCH, Party.CARRIER, "180 Ringing", "INVITE"),
)


@pytest.fixture
def demonstration(var_folder: Path, settings: Settings, tmp_path: Path) -> TrialStage:
    """A store filled for a demonstration."""
    (var_folder / "demo.done").touch()
    settings.TRIAL_DIR = tmp_path / "switch" / "trial"
    (tmp_path / "switch").mkdir()
    return TrialStage()


def test_it_is_closed_unless_the_store_is_a_demonstration_of_this_machine(
    client: Client, var_folder: Path, settings: Settings
) -> None:
    assert client.get("/en/try/").status_code == 404
    assert b"/en/try/" not in client.get("/en/").content
    (var_folder / "demo.done").touch()
    assert client.get("/en/try/").status_code == 200
    assert b"/en/try/" in client.get("/en/").content
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_origin="https://numbers.example.com")
    for answer in (
        client.get("/en/try/"),
        client.post("/en/try/"),
        client.post("/en/try/message/"),
        client.get("/en/try/0123456789abcdef/"),
    ):
        assert answer.status_code == 404


def test_a_call_begins_once_and_its_page_renews_itself_without_scripts(
    client: Client, demonstration: TrialStage
) -> None:
    begun = client.post("/en/try/", {"kind": "busy"})
    again = client.post("/en/try/", {"kind": "unknown"})
    assert begun["Location"] == again["Location"]
    page = client.get(begun["Location"])
    assert b'<meta http-equiv="refresh" content="1">' in page.content
    assert page["Cache-Control"] == "no-store"
    assert client.post("/en/try/", {"kind": "rubbish"}).status_code == 404
    assert client.get("/en/try/0123456789abcdef/").status_code == 404


@pytest.mark.parametrize(
    ("language", "heading", "setup", "picked_up"),
    [("en", "It rang", "2.2 ms", "The phone rings"), ("nb", "Det ringte", "2,2 ms", "Telefonen ringer")],
)
def test_the_ladder_says_what_each_message_means(
    client: Client, demonstration: TrialStage, language: str, heading: str, setup: str, picked_up: str
) -> None:
    trial, _new = demonstration.open(Kind.ANSWERED)
    demonstration.keep(Trial(trial, Kind.ANSWERED, STEPS, ended=True, status=200, setup=2.25))
    page = client.get(f"/{language}/try/{trial}/").content.decode()
    for words in (heading, setup, picked_up, "180 Ringing", "phone-switch", f"/{language}/account/calls/"):
        assert words in page
    assert "refresh" not in page


@pytest.mark.parametrize(
    ("status", "moved", "logged"), [(480, True, True), (403, False, False), (410, False, False)]
)
def test_a_call_that_never_came_to_the_phone_says_whose_change_that_is(
    client: Client, demonstration: TrialStage, *, status: int, moved: bool, logged: bool
) -> None:
    trial, _new = demonstration.open(Kind.ANSWERED)
    demonstration.keep(Trial(trial, Kind.ANSWERED, STEPS[:1], ended=True, status=status))
    page = client.get(f"/en/try/{trial}/").content.decode()
    assert ("Its owner has changed where the number rings" in page) == moved
    assert ("See the call in the log" in page) == logged


def test_a_worker_that_stands_still_is_told_of(
    client: Client, demonstration: TrialStage, settings: Settings
) -> None:
    trial, _new = demonstration.open(Kind.ANSWERED)
    assert "The worker is not answering" not in client.get(f"/en/try/{trial}/").content.decode()
    long_ago = time.time() - 11
    os.utime(Path(settings.TRIAL_DIR) / f"{trial}.json", (long_ago, long_ago))
    page = client.get(f"/nb/try/{trial}/").content.decode()
    assert "Arbeideren svarer ikke" in page
    assert "data-running" in page, "it is placed as soon as the worker goes on"


BROUGHT: list[str] = []


def bring(number: str, sender: str, text: str) -> bool:
    """Take a message to a store that takes everything, as the port of a rehearsal's carrier."""
    BROUGHT.append(text)
    return True


@pytest.mark.parametrize("suspended", [True, False])
def test_what_became_of_a_message_is_told(
    client: Client,
    demonstration: TrialStage,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    *,
    suspended: bool,
) -> None:
    key, e164, _subject = sold()
    if suspended:
        numbers.suspend(number=key, reason="abuse", by=SYSTEM, at=AT)
    BROUGHT.clear()
    settings.REHEARSAL_CARRIER, settings.REHEARSAL_CARRIER_SECRET = f"{__name__}.bring", "of this store alone"
    monkeypatch.setattr("ringfence.telephony.trial.IN_SERVICE", e164)
    page = client.post("/nb/try/message/", follow=True).content.decode()
    assert ("butikken kastet den: Nummeret er sperret." in page) == suspended
    assert ("Meldingen er kommet fram." in page) != suspended
    assert "er engangskoden din" in BROUGHT[0]
    assert codes_in(BROUGHT[0]).first, "the code is found in Norwegian too"


def test_without_a_switch_the_page_says_what_to_install(
    client: Client, demonstration: TrialStage, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr("ringfence.adapters.switch.launch.PROGRAM", "no-such-program")
    page = client.get("/en/try/").content.decode()
    assert settings.SWITCH_INSTALL in page
    assert 'name="kind"' not in page
    assert client.post("/en/try/").status_code == 200
