"""The door: a value of every sealed field of a customer is tried at every way out, and what may not pass never arrives.

Each is opened, as pages and tasks open what they work with, and then handed to the adapter itself; a server outside
keeps every byte it is sent.
"""

import asyncio
import base64
import json
import quopri
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

import httpx
import pytest
from pytest_django import Settings

from ringfence.accounts.ports import LetterToSend, ProviderUnavailable
from ringfence.adapters.carriers.rehearsal import bring
from ringfence.adapters.clamd import Clamd as ClamdAdapter
from ringfence.adapters.mail.smtp import SmtpMail
from ringfence.adapters.message_forwarder import GuardedForwarder
from ringfence.adapters.openid.provider import OpenIdProvider
from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.adapters.payments.rehearsal_provider.courier import Courier
from ringfence.adapters.payments.stripe_checkout import StripeCheckout
from ringfence.adapters.sip_trial.caller import line
from ringfence.adapters.stranger import Stranger
from ringfence.adapters.switch.control import ControlConnection
from ringfence.interfaces import page_reading
from ringfence.kernel.money import Money
from ringfence.privacy.background import cleaned_up
from ringfence.privacy.disclosure import carried
from ringfence.privacy.disclosure.door import Exit, NotLetOut, exits, is_everybodys
from ringfence.privacy.disclosure.onward_models import RefusedExit
from ringfence.privacy.inventory import DeclaredField
from ringfence.shop.ports import PaymentsError
from ringfence.telephony.ports import SwitchUnavailable
from tests.promises import capturing
from tests.promises.capturing import Captured
from tests.promises.test_canary import AT, SYSTEM, Canary, plant, sealed_fields

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.5")]
NOBODYS: Final = {
    "accounts.OutgoingLetter.time_zone",
    "accounts.Passkey.label",
    "accounts.Passkey.transports",
    "accounts.Person.country",
    "accounts.Person.time_zone",
    "accounts.SignIn.device",
    "privacy.Disclosure.name",
}
"""Sealed fields with one of a few words that many share: nobody can be told by them, and they are not looked for."""

TRUSTED: Final = httpx.create_ssl_context()
Send = Callable[[Captured, str], object]


def mail(there: Captured, text: str) -> None:
    """A letter with the text in it."""
    facts = {"sender": "+15550100", "number": "+442079460100", "text": text, "received": AT.isoformat()}
    SmtpMail().send(LetterToSend(uuid4(), "message-received", "one@example.com", "en", "", facts, AT))


def stripe(there: Captured, text: str) -> None:
    """A page to pay at, described by the text."""
    adapter = StripeCheckout(secret_key="sk_test_1", webhook_secret="whsec_1", api_origin=there.origin)
    _page(adapter, text)


def rehearsal(there: Captured, text: str) -> None:
    """The same with the provider of a rehearsal."""
    with RehearsalPayments(url=there.origin, secret="secret") as adapter:  # type: ignore[attr-defined] # it is one
        _page(adapter, text)


def _page(adapter: Any, text: str) -> None:
    said = {"language": "en", "success_url": "https://shop.example/a", "cancel_url": "https://shop.example/b"}
    adapter.open_page(
        order_id="ord_1", amount=Money.of("49", "NOK"), description=text, idempotency_key="1", **said
    )


def forwarder(there: Captured, text: str) -> None:
    """A message to a customer's own server."""
    GuardedForwarder(TRUSTED).send(
        f"{there.origin}/in", {"X-Id": "msg_1"}, json.dumps({"text": text}).encode()
    )


def openid(there: Captured, text: str) -> None:
    """A code from the sign-in provider."""
    OpenIdProvider()._asked("POST", f"{there.origin}/token", data={"code": text})


def stranger(there: Captured, text: str) -> None:
    """A page of ours, asked for as anybody could."""
    Stranger().ask("GET", f"/{quote(text)}")


def reading(there: Captured, text: str) -> None:
    """A page of ours, read for what it shows."""
    hooks = {"request": [page_reading.EXIT.check_request]}
    with httpx.Client(base_url=there.origin, event_hooks=hooks, verify=TRUSTED) as client:
        client.get("/", params={"q": text})


def carrier(there: Captured, text: str) -> None:
    """A message that the carrier of a rehearsal brings."""
    bring("+442079460100", "+15550100", text)


def courier(there: Captured, text: str) -> None:
    """News of a payment in a rehearsal."""
    books: Any = SimpleNamespace(store=None)
    made = Courier(books, webhook_url=f"{there.origin}/hook", key=b"key", clock=lambda: 0.0)
    made._post(json.dumps({"about": text}).encode())


def clamd(there: Captured, text: str) -> None:
    """A file that is looked through for viruses."""
    ClamdAdapter().scan(text.encode() * 2)


def node(there: Captured, text: str) -> None:
    """A word with a node of the switch."""
    with ControlConnection(there.path, timeout=0.001, attempts=1) as control:
        control.ask("route.set", text)


def trial(there: Captured, text: str) -> None:
    """A call on trial."""

    async def called() -> None:
        async with line((there.host, there.port)) as made:
            await made.call(text, caller="+15550100", setup=0.001)

    asyncio.run(called())


WAYS: Final[dict[str, tuple[Send, Any]]] = {
    "mail": (mail, capturing.Mail),
    "stripe": (stripe, capturing.Web),
    "rehearsal": (rehearsal, capturing.Web),
    "messages": (forwarder, capturing.Web),
    "openid": (openid, capturing.Web),
    "stranger": (stranger, capturing.Web),
    "page reading": (reading, capturing.Web),
    "rehearsal carrier": (carrier, capturing.Web),
    "courier": (courier, capturing.Web),
    "clamd": (clamd, capturing.Clamd),
    "node": (node, "local"),
    "trial call": (trial, "udp"),
}
EXPECTED: Final = (PaymentsError, ProviderUnavailable, SwitchUnavailable)
"""What adapters say to a server that answers with nothing of use."""


@contextmanager
def outside(kind: Any, folder: Path) -> Iterator[Captured]:
    """Have the machine that an adapter speaks to."""
    if isinstance(kind, str):
        with capturing.datagrams(folder if kind == "local" else None) as there:
            yield there
    else:
        with capturing.capturing(kind) as there:
            yield there


def pointed(settings: Settings, there: Captured) -> None:
    """Have everything that is found by a setting at that machine."""
    settings.READING_ORIGIN = settings.PUBLIC_ORIGIN = there.origin
    settings.REHEARSAL_CARRIER_SECRET = "secret"
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT,
        public_origin="http://localhost:8000",
        smtp_url=f"smtp://{there.host}:{there.port}",
        clamd=f"{there.host}:{there.port}",
        web_address=there.host,
        web_port=there.port,
    )


@pytest.fixture(autouse=True)
def nothing_is_open() -> Iterator[None]:
    """Each test begins and ends with nothing opened."""
    carried.forget()
    yield
    carried.forget()


@pytest.fixture
def canary() -> Canary:
    """A value in every sealed field of a customer, each opened once in this piece of work."""
    found = Canary()
    plant(canary=found, person=uuid4(), by=SYSTEM, at=AT)
    carried.forget()
    for field in sealed_fields():
        for row in field.model._default_manager.all():
            value = getattr(row, field.name)
            if value is not None:
                value.open()
    return found


def said_in(field: DeclaredField, canary: Canary) -> str:
    """Return the value that stands in a field, as a text."""
    value = canary.planted[str(field)]
    return (
        f"{value} was said in a sentence"
        if "Bytes" in type(field.model._meta.get_field(field.name)).__name__
        else value
    )


@pytest.mark.parametrize("name", sorted(WAYS))
def test_a_way_out_carries_what_its_recipient_may_get_and_nothing_else(
    name: str, canary: Canary, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    send, kind = WAYS[name]
    way = next(one for one in exits() if one.name == name)
    tried = {"passed": 0, "refused": 0}
    with outside(kind, tmp_path) as there:
        pointed(settings, there)
        for field in sealed_fields():
            text = said_in(field, canary)
            refused = refused_at(send, there, text)
            assert refused in {None, str(field)}
            came = there.taken()
            if refused:
                tried["refused"] += 1
                assert not canary.is_in(came)
                assert not came  # not a byte, not even a greeting
            elif str(field) in way.fields():
                tried["passed"] += 1
                assert canary.planted[str(field)].encode() in came
    allowed = {str(one) for one in sealed_fields()} & way.fields()
    watched = {str(one) for one in sealed_fields()} - NOBODYS
    assert tried == {"passed": len(allowed), "refused": len(watched - allowed)}


def refused_at(send: Send, there: Captured, text: str) -> str | None:
    """Send a text; return the field for which the door refused it, if it did."""
    try:
        send(there, text)
    except NotLetOut as refused:
        return refused.field
    except EXPECTED:
        return None
    return None


def test_no_way_out_is_untried_and_each_has_a_recipient_or_is_our_own() -> None:
    assert {one.name for one in exits() if not one.name.startswith("tests")} == WAYS.keys()
    assert {str(one) for one in sealed_fields() if is_everybodys(one.declaration)} == NOBODYS
    for one in exits():
        one.fields()


TEXT: Final = "Kari <kari@example.com> på +44 20 7946 0123"
FORMS: Final[dict[str, Callable[[str], bytes]]] = {
    "as it is": str.encode,
    "in capitals": lambda text: text.encode().upper(),
    "in an address": lambda text: quote(text).encode(),
    "in a form": lambda text: urlencode({"q": text}).encode(),
    "in JSON": lambda text: json.dumps({"q": [text]}).encode(),
    "in a letter": lambda text: quopri.encodestring(text.encode()),
    "in base64": lambda text: base64.b64encode(b"x" + text.encode()),
    "in base64 by lines": lambda text: base64.encodebytes(b"some words before it, then " + text.encode()),
    "in base64 for an address": lambda text: base64.urlsafe_b64encode(text.encode()).rstrip(b"="),
    "in JSON in a form": lambda text: urlencode({"q": json.dumps({"q": text})}).encode(),
    "with other spaces": lambda text: text.replace(" ", "\n - ").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_value_is_known_in_whatever_form_it_leaves(form: str) -> None:
    carried.forget()
    Exit("tests nothing").check(FORMS[form](TEXT))
    carried.opened("accounts_person", "name", TEXT.encode())
    with pytest.raises(NotLetOut) as refused:
        Exit("tests nothing").check(b"before", FORMS[form](TEXT))
    assert refused.value.field == "accounts.Person.name"


@pytest.mark.parametrize("start", [0, 17, 350])
def test_a_hundred_bytes_of_a_long_text_are_known_as_a_part_of_it(start: int) -> None:
    text = "".join(f"sentence {number} of a letter. " for number in range(30))
    carried.opened("support_ticketentry", "text", text.encode())
    Exit("tests nothing").check("sentence and letter")
    with pytest.raises(NotLetOut):
        Exit("tests nothing").check(text[start : start + 100])


def test_what_a_recipient_gets_may_hold_what_it_does_not_get_by_itself() -> None:
    carried.opened("accounts_person", "email", b"one@example.com")
    with pytest.raises(NotLetOut):
        Exit("tests mail", to="mail").check("to: one@example.com")
    carried.opened("accounts_outgoingletter", "email", b"one@example.com")
    Exit("tests mail", to="mail").check("to: one@example.com")


def test_what_was_opened_is_forgotten_when_the_work_is_over() -> None:
    with cleaned_up():
        carried.opened("accounts_person", "name", b"Somebody with a name")
        assert carried.values()
    assert not carried.values()
    Exit("tests nothing").check("Somebody with a name")


def test_a_refusal_is_counted_with_its_exit_and_its_field_and_nothing_else() -> None:
    carried.opened("accounts_person", "name", b"Somebody with a name")
    for _again in range(2):
        with pytest.raises(NotLetOut):
            Exit("tests nothing").check("Somebody with a name")
    row = RefusedExit.objects.get()
    assert (row.exit, row.field, row.count) == ("tests nothing", "accounts.Person.name", 2)
