"""The store asks its own addresses as a stranger would, and a word that tells too much breaks clause 2.7."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from pytest_django import Settings

from ringfence.interfaces import own_addresses
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises
from ringfence.privacy.promises import running
from ringfence.privacy.secrecy import asking
from ringfence.privacy.secrecy.check import places
from ringfence.privacy.secrecy.models import OwnAnswer

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.7")]

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)


class Answering(BaseHTTPRequestHandler):
    """Answers as a store would, and at two addresses tells too much."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response_only({"/nothing": 404, "/closed": 403, "/trouble": 503}.get(self.path, 200))
        if self.path == "/telling":
            self.send_header("X-Powered-By", "x")
        self.end_headers()
        self.wfile.write(b"sealed with AES" if self.path == "/naming" else b"A page")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def web(settings: Settings) -> Iterator[None]:
    """A server at the store's public address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        settings.PUBLIC_ORIGIN = settings.READING_ORIGIN = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield
        server.shutdown()


def as_it_should_be(question: str) -> int:
    """The status with which a store would answer."""
    return 404 if question == "GET /nothing" else 200


def ask(monkeypatch: pytest.MonkeyPatch, *questions: str, at: datetime = NOW) -> int:
    monkeypatch.setattr(asking, "_listings", [lambda: questions])
    monkeypatch.setattr(asking, "_expected", [lambda question, status: status == as_it_should_be(question)])
    return asking.ask_on(by=SYSTEM, at=at)


def state(at: datetime = NOW) -> str:
    return {one.clause: one.state for one in running.run_checks(by=SYSTEM, at=at, only={"2.7"})}["2.7"]


def test_pages_that_tell_nothing_keep_it(web: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state() == promises.DUE_SOON, "nothing has been asked yet"
    assert ask(monkeypatch, "GET /", "GET /nothing") == 2
    assert state(NOW + timedelta(seconds=1)) == promises.KEPT
    assert set(OwnAnswer.objects.values_list("question", "status")) == {("GET /", 200), ("GET /nothing", 404)}
    assert state(NOW + timedelta(hours=8)) == promises.DUE_SOON
    assert state(NOW + timedelta(days=3)) == promises.BROKEN


@pytest.mark.parametrize("place", ["/naming", "/telling"])
def test_an_address_that_tells_breaks_it(web: None, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    ask(monkeypatch, "GET /", f"GET {place}")
    assert state() == promises.BROKEN
    assert list(places()) == [f"GET {place}"]
    ask(monkeypatch, "GET /", at=NOW + timedelta(minutes=5))
    assert state(NOW + timedelta(minutes=5)) == promises.KEPT, "an address that is gone is forgotten"


def test_what_does_not_answer_is_not_taken_for_silence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_ORIGIN = settings.READING_ORIGIN = "http://127.0.0.1:9"
    ask(monkeypatch, "GET /")
    assert state() == promises.DUE_SOON


def test_addresses_that_were_never_asked_break_it_in_time() -> None:
    assert state() == promises.DUE_SOON, "nothing has been asked yet"
    assert state(NOW + timedelta(days=1)) == promises.DUE_SOON
    assert state(NOW + timedelta(days=3)) == promises.BROKEN, "there is nobody who asks"


def test_one_address_that_never_answers_breaks_it_in_time(
    web: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = settings.READING_ORIGIN
    for days, found in ((0, promises.DUE_SOON), (1, promises.DUE_SOON), (3, promises.BROKEN)):
        at = NOW + timedelta(days=days)
        settings.PUBLIC_ORIGIN = settings.READING_ORIGIN = "http://127.0.0.1:9"
        ask(monkeypatch, "GET /", "GET /never", at=at)
        settings.PUBLIC_ORIGIN = settings.READING_ORIGIN = origin
        said = asking.stranger().ask("GET", "/")
        asking.keep(question="GET /", said=said, is_read=True, by=SYSTEM, at=at)
        assert state(at) == found


@pytest.mark.parametrize("place", ["/closed", "/trouble"])
def test_an_address_that_answers_otherwise_is_not_read(
    web: None, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    for days, found in ((0, promises.DUE_SOON), (3, promises.BROKEN)):
        at = NOW + timedelta(days=days)
        ask(monkeypatch, "GET /", f"GET {place}", at=at)
        assert state(at) == found


def test_what_a_page_should_answer_is_what_the_store_itself_does() -> None:
    for question, right, wrong in (
        ("GET /healthz", 200, (302, 403, 404, 503)),
        ("GET /en/account/", 302, (200, 403, 502)),
        ("DELETE /healthz", 405, (429, 503)),
    ):
        assert own_addresses.is_expected(question, right), question
        assert not [one for one in wrong if own_addresses.is_expected(question, one)], question


def test_all_are_asked_in_turn(web: None, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = [f"GET /{number}" for number in range(60)]
    asked = [ask(monkeypatch, *questions, at=NOW + timedelta(minutes=5 * run)) for run in range(4)]
    assert asked == [60, 25, 25, 25]
    assert not OwnAnswer.objects.filter(looked_at__lte=NOW).exists()


def test_every_page_without_parameters_is_among_them() -> None:
    listed = own_addresses.listed()
    assert {"GET /en/", "GET /nb/policy/", "GET /promises.json", "GET /en/promises/4.3/"} <= set(listed)
    assert len(listed) > 100
    assert "GET /ledger/verifier.py" not in listed
