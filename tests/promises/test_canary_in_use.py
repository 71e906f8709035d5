"""The store in use with a distinct word in everything a person says, and then the same search (clause 2.3).

Pages, letters in both directions, background work and call records run while logs are kept and files are written.
"""

import io
import logging
import os
import re
import smtplib
import socket
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import structlog
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import Person
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.smtp import SmtpMail
from ringfence.config import embedded
from ringfence.interfaces import log_tone
from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor
from ringfence.privacy import sweeping
from ringfence.privacy.copying.models import DataCopy
from ringfence.privacy.keys import keyring
from ringfence.support.models import Letter
from ringfence.telephony.actions import calls, route_settings, routes
from ringfence.telephony.opening_hours import Hours, SpecialDays
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests import world
from tests.accounts.builders import run_jobs
from tests.accounts.test_letters import PostOffice
from tests.interfaces import walkers
from tests.promises.test_canary import Canary, _content, _tables_showing

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.3"),
]
SYSTEM = Actor.system("tests")
PAGES = ("", "details/", "numbers/", "calls/", "orders/", "history/", "data/", "sessions/", "security/")
CALLER = "+442079460958"


@dataclass
class Walk:
    """A customer on the way through the store."""

    canary: Canary
    office: PostOffice
    client: Client
    said: int = 0

    def word(self) -> str:
        """Return a word that was never said before."""
        self.said += 1
        return f"{self.canary.word}{self.said:03d}"

    def join(self) -> Person:
        """Register, read the letter, follow its link, look at every page."""
        address, password = f"{self.word()}@example.org", f"{self.word()} and more words"
        self.client.post("/en/register/", {"email": address, "password": password})
        run_jobs("accounts")
        letter = self.office.letters[-1].get_body(("plain",))
        assert letter is not None
        link = re.search(r"https?://[^/\s]+(/en/register/confirm/\S+)", letter.get_content())
        assert link
        answer = self.client.post(link[1], {"password": password})
        assert answer.status_code == 302, answer.content
        wrong = {"email": address, "password": self.word()}
        Client().post("/en/login/", wrong)
        Client().post("/en/password/", {"email": address})
        run_jobs("accounts")
        return Person.objects.get()

    def buy(self, person: Person) -> None:
        """Say who one is, buy a number, point it somewhere, and be called by somebody."""
        at = datetime.now(UTC)
        by = Actor.customer(person.pk)
        accounts.set_profile(
            person=person.pk,
            name=self.word(),
            address=self.word(),
            country="NO",
            consumer=True,
            time_zone="Europe/Oslo",
            by=by,
            at=at,
        )
        number = world.free_number()
        walkers._paid(person.pk, number.public_id, at)
        routes.set_destination(number=number.id, sip_uri=f"sip:{self.word()}@pbx.example.com", by=by, at=at)
        party = SpecialDays(at.date(), at.date(), name=self.word())
        hours = Hours("Europe/Oslo", special=(party,))
        route_settings.set_hours(number=number.id, hours=hours, by=by, at=at)
        call = SpooledCall(
            call_id=self.word(),
            caller=CALLER,
            called=number.e164,
            started_at=at,
            answered_at=at,
            ended_at=at + timedelta(minutes=1),
            outcome=Outcome.ANSWERED,
            node="one",
        )
        calls.take_in(lines=[SpooledLine("spool", 1, call)], by=SYSTEM, at=at)
        run_jobs("accounts")
        run_jobs("shop")

    def write(self, port: int) -> None:
        """Write a letter to the store."""
        sender = f"{self.word()}@example.org"
        content = f"From: {sender}\r\nSubject: {self.word()}\r\n\r\n{self.word()}\r\n".encode()
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            server.sendmail(sender, [django_settings.CONTACT_EMAIL], content)
        assert Letter.objects.exists()

    def look(self) -> None:
        """Look at every page of the account, and take a copy of everything."""
        for page in PAGES:
            assert self.client.get(f"/en/account/{page}").status_code == 200, page
        self.client.post("/en/account/data/copy/")
        run_jobs("privacy")
        (made,) = DataCopy.objects.all()
        packed = b"".join(self.client.get(f"/en/account/data/copy/{made.public_id}/file/"))
        with zipfile.ZipFile(io.BytesIO(packed)) as copy:
            assert any(self.canary.word.encode() in copy.read(name) for name in copy.namelist())
        assert self.client.get("/en/account/nothing-here/").status_code == 404


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def walk(settings: Settings, caplog: pytest.LogCaptureFixture) -> Iterator[Walk]:
    """A post office, and the store's own intake of letters."""
    for logger in (None, log_tone.REQUESTS):
        caplog.set_level(logging.DEBUG, logger=logger)
    out, into = free_port(), free_port()
    settings.ENVIRONMENT = replace(
        django_settings.ENVIRONMENT, smtp_url=f"smtp://127.0.0.1:{out}", mail_port=into
    )
    settings.REHEARSAL_SECRET = "a secret that both sides share"
    made = Walk(Canary(), PostOffice(), Client(headers={"accept-language": "en"}))
    post = Controller(made.office, hostname="127.0.0.1", port=out)
    mail = intake.controller("127.0.0.1", into)
    post.start()
    mail.start()
    sweeping.sweep(by=SYSTEM, at=datetime.now(UTC))
    yield made
    post.stop()
    mail.stop()


def through_the_store(walk: Walk) -> None:
    person = walk.join()
    walk.buy(person)
    walk.write(django_settings.ENVIRONMENT.mail_port)
    walk.look()
    sweeping.sweep(by=SYSTEM, at=datetime.now(UTC))
    keyring.forget()


def seen(walk: Walk, cluster: embedded.EmbeddedServer, said: str) -> list[str]:
    """Return everything that shows a word: tables with the queue among them, files, logs."""
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("CHECKPOINT")
    found = [table for alias in ("default", "keys") for table in _tables_showing(walk.canary, alias)]
    for top in (Path(django_settings.VAR_DIR), Path(os.environ["TEST_RUN_VAR"])):
        # os.walk passes over a folder that vanishes meanwhile, as one of a database that is dropped.
        for folder, _folders, names in os.walk(top):
            paths = [Path(folder, name) for name in names]
            found += [path.name for path in paths if path.is_file() and walk.canary.is_in(_content(path))]
    return found + (["log"] if walk.canary.is_in(said.encode()) else [])


def logged(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> str:
    output = capsys.readouterr()
    return f"{caplog.text}\n{output.out}\n{output.err}"


def test_nothing_a_customer_says_is_seen_anywhere(
    walk: Walk,
    cluster: embedded.EmbeddedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    through_the_store(walk)
    assert walk.said >= 10
    assert len(walk.office.letters) >= 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] >= 3
    said = logged(caplog, capsys)
    assert "nothing-here" in said
    assert seen(walk, cluster, said) == []


@pytest.mark.parametrize("place", ["a-file", "log", "procrastinate_jobs"])
def test_an_adapter_that_tells_an_address_is_found_out(
    walk: Walk,
    cluster: embedded.EmbeddedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    place: str,
) -> None:
    """A search that finds nothing proves something only when it would have found it."""
    send = SmtpMail.send

    def tell(self: SmtpMail, letter: LetterToSend) -> None:
        if place == "a-file":
            (Path(django_settings.VAR_DIR) / place).write_text(letter.address)
        elif place == "log":
            structlog.get_logger("ringfence.adapters.mail").info("letter.sent", to=letter.address)
        else:
            app.configure_task("nobody.does_this", queue="never", allow_unknown=True).defer(to=letter.address)
        send(self, letter)

    monkeypatch.setattr(SmtpMail, "send", tell)
    walk.join()
    found = seen(walk, cluster, logged(caplog, capsys))
    if place == "procrastinate_jobs":
        assert place in found
    else:
        assert found == [place]
