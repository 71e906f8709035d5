"""Clause 2.7: nothing that leaves the store tells which software or which encryption it is made of.

The source is open; which keys, key store and settings an installation uses is not, and no answer helps anybody to
find the fitting attack. Two addresses must name what they are: the program that checks the published ledger.
"""

import re
import smtplib
import socket
from collections.abc import Iterator

import httpx
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from ringfence.config.urls import handler400, handler403, handler404, handler500
from ringfence.config.urls import urlpatterns as real
from ringfence.privacy.secrecy.words import ENCRYPTION
from tests.browser.conftest import store  # noqa: F401 - a fixture
from tests.browser.store import RunningStore
from tests.calls.sip_peers import Caller
from tests.interfaces.telling import tales_of, told

pytestmark = pytest.mark.promise("2.7")


def break_down(request: HttpRequest) -> HttpResponse:
    """A view with a mistake that would tell a lot."""
    message = "psycopg.OperationalError: AES-256-GCM, PostgreSQL 18"
    raise RuntimeError(message)


urlpatterns = [path("broken/", break_down), path("en/broken/", break_down), *real]
__all__ = ["handler400", "handler403", "handler404", "handler500"]


@pytest.mark.parametrize("place", ["/broken/", "/en/broken/"])
def test_a_mistake_tells_nothing(settings: Settings, place: str) -> None:
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get(place)
    assert answer.status_code == 500
    assert tales_of(answer) == []


def refusals(store: RunningStore) -> Iterator[tuple[str, httpx.Response]]:  # noqa: F811
    """Answers to what nobody should send."""
    with httpx.Client(base_url=store.origin, trust_env=False) as client:
        yield "no page", client.get("/en/no-such-page/")
        yield "no page for machines", client.get("/no-such-thing", headers={"Accept": "application/json"})
        yield "no token", client.post("/en/login/", data={"email": "a@example.org"})
        yield "unsigned", client.post("/webhooks/payments/", content=b"{}")
        yield "another host", client.get("/en/", headers={"Host": "elsewhere.example"})
        yield "a way there is not", client.request("DELETE", "/healthz")
        yield "a way nobody knows", client.request("TRACE", "/en/")
        yield "a long address", client.get("/en/?q=" + "x" * 60_000)
        yield "too many fields", client.post("/en/receipts/", data={f"f{n}": "x" for n in range(500)})
        yield "a null", client.get("/en/numbers/num_%00/")
        yield "no text", client.get("/en/?digits=%ff%fe")
        yield "outside", client.get("/static/../../../etc/passwd")
        yield "alive", client.get("/healthz")
        yield "style", client.get(re.search(r'href="(/static/[^"]+\.css)"', client.get("/en/").text)[1])  # type: ignore[index]


def test_no_refusal_tells(store: RunningStore) -> None:  # noqa: F811
    found = [
        f"{what}: {answer.status_code} {tales}"
        for what, answer in refusals(store)
        if (tales := of_wire(answer))
    ]
    assert not found, "\n".join(found)


def of_wire(answer: httpx.Response) -> list[str]:
    """What an answer that came over the network tells."""
    return told(dict(answer.headers), answer.text)


@pytest.mark.parametrize(
    "junk",
    [b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n"],
)
def test_what_is_no_request_learns_nothing(store: RunningStore, junk: bytes) -> None:  # noqa: F811
    with socket.create_connection(("127.0.0.1", store.installation.ports["WEB"]), timeout=5) as link:
        link.sendall(junk)
        link.shutdown(socket.SHUT_WR)
        said = b""
        while part := link.recv(65536):
            said += part
    head, _, body = said.decode("utf-8", "replace").partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    assert told(headers, body) == []


def test_no_letter_tells(store: RunningStore) -> None:  # noqa: F811
    with httpx.Client(base_url=store.origin, trust_env=False) as client:
        client.headers["X-Forwarded-For"] = "192.0.2.77"
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get("/en/password/").text)
        assert token
        given = {"email": "silence@example.org", "csrfmiddlewaretoken": token[1]}
        assert client.post("/en/password/", data=given).status_code == 302
    store.post.letter("silence@example.org", "account")
    found = []
    for address, letter in store.post.letters:
        headers = {name: str(value) for name, value in letter.items()}
        parts = [part.get_content() for part in letter.walk() if part.get_content_maintype() == "text"]
        tales = told(headers, "\n".join(parts))
        found += [f"{letter['Subject']} to {address}: {tales}"] if tales else []
        assert not {"x-mailer", "user-agent"} & {name.lower() for name in headers}
    assert not found, "\n".join(found)


def test_the_mail_port_does_not_tell(store: RunningStore) -> None:  # noqa: F811
    with smtplib.SMTP() as link:
        said = [link.connect("127.0.0.1", store.installation.ports["MAIL"])]
        said += [
            link.ehlo("carrier.example"),
            link.docmd("HELP"),
            link.docmd("NONSENSE"),
            link.docmd("VRFY", "a"),
        ]
    assert told({}, "\n".join(text.decode() for _code, text in said)) == []


def test_the_switch_does_not_tell(store: RunningStore) -> None:  # noqa: F811
    with Caller(store.edge) as carrier:
        answers = [
            carrier.call("+442079460999"),
            carrier.call("+999"),
            *map(carrier.ask, ("OPTIONS", "REGISTER")),
        ]
    messages = [message for call in answers for message in call.answers]
    assert messages
    for message in messages:
        names = {name for name, _ in message.headers}
        assert not {"server", "user-agent", "warning"} & names
        assert told({}, message.text().replace("CarrierSoft", "")) == []


def test_no_log_of_the_store_names_its_encryption(store: RunningStore) -> None:  # noqa: F811
    encryption = re.compile(rf"(?<![\w-])(?:{'|'.join(ENCRYPTION)})(?![\w])", re.IGNORECASE)
    logs = sorted((store.installation.var / "log").glob("*.log"))
    assert logs
    found = {log.name: set(encryption.findall(log.read_text(errors="replace"))) for log in logs}
    assert {name: names for name, names in found.items() if names} == {}
