"""Everybody who walks the store's addresses, and the things they find there, made by actions alone."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.test import Client

from ringfence.accounts import actions as accounts
from ringfence.accounts import queries as account_queries
from ringfence.accounts.actions import add_passkey
from ringfence.interfaces.access import SESSION_KEY
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.privacy import policy
from ringfence.privacy.copying import actions as copying
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.ledger import checkpoints
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.shop import actions as shop
from ringfence.shop import invoices
from ringfence.shop import queries as orders
from ringfence.shop.ports import EventKind, PaymentEvent
from ringfence.support.abuse import deciding, reporting
from ringfence.support.abuse import queries as cases
from ringfence.support.abuse.rules import AbuseKind, Decision
from ringfence.support.tickets import taking_in, templates
from ringfence.telephony import message_queries, queries, route_queries
from ringfence.telephony.actions import calls, imports, message_forwarding, messages, nodes, phones
from ringfence.telephony.message_ports import Arrived
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests import world
from tests.accounts import builders
from tests.installation import founded
from tests.shop.papers import Sale
from tests.support import notice_world
from tests.world import to_pay

WALKERS: Final = ("stranger", "owner", "other", "support", "operations", "privacy", "administrator")
"""Columns of the table: nobody known, the customer whose things they are, another customer, and staff by role."""

SYSTEM: Final = Actor.system("tests")


@dataclass
class World:
    """Clients of everybody, and what stands in the places of addresses."""

    clients: dict[str, Client] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def made() -> World:
    """A small store in which everything an address can name belongs to one customer."""
    at = datetime.now(UTC)
    founded(at)
    found = World()
    owner = _customers(found)
    for role in Role:
        found.clients[role] = client = _client()
        builders.staff_member(client, role, email=f"{role}@example.com", passkey=True)
    free, held, bought = (world.free_number() for _ in range(3))
    waiting = _order(owner, held.public_id, at)
    active = _paid(owner, bought.public_id, at)
    world.rings_at(bought, owner, "desk@pbx.example", at)
    (step,) = route_queries.routing_of(owner, bought.id, at).open
    passkey = _passkey(owner, at)
    session = next(one.id for one in account_queries.sessions_of(owner))
    word = _deletion(at)
    checkpoints.publish(by=SYSTEM, at=at + timedelta(seconds=1))
    found.places = {
        "free number": free.public_id,
        "number": bought.public_id,
        "step": step.public_id,
        "call": _call(owner, bought.e164, at),
        "waiting order": waiting,
        "order": active,
        "invoice": str(invoices.invoices_of(owner)[0].entry.number),
        **_papers(owner, at) | _ticket(owner, at) | {"case": _case(bought.e164, at)},
        **_message(owner, bought, at) | _requests(found, owner, at) | {"notice": notice_world.written()},
        "passkey": str(passkey),
        "phone": phones.add(subject=owner, name="Reception", by=Actor.customer(owner), at=at).public_id,
        "session": str(session),
        "customer": public_id("cus", owner),
        "version": _version(at),
        "deletion": word,
        "node": public_id("node", nodes.seen(name="edge-1", by=SYSTEM, at=at)),
        "import": imports.send_file(parts=[b"first\n+4721000000\n"], by=SYSTEM, at=at),
        "token": "no-such-token",
        "entry": str(lines_of(owner).values_list("pk", flat=True)[0]),
        "copy": _copy(owner, at),
    }
    return found


def _ticket(owner: UUID, at: datetime) -> dict[str, str]:
    """Have the owner write to us, and a text to answer with."""
    ticket = taking_in.open_in_account(
        subject=owner, title="A question", text="How?", language="en", by=Actor.customer(owner), at=at
    ).ticket
    templates.save(key=None, name="Greeting", text_nb="Hei", text_en="Hello", by=SYSTEM, at=at)
    return {"ticket": ticket, "answer text": str(templates.templates()[0].id)}


def _version(at: datetime) -> str:
    found = policy.in_force(at)
    assert found is not None
    return str(found.number)


def _copy(owner: UUID, at: datetime) -> str:
    """Have a copy that can be fetched."""
    made = copying.ask(subject=owner, channel=Channel.ACCOUNT, by=Actor.customer(owner), at=at)
    assert made is not None
    copying.proceed(copy=made.pk, by=SYSTEM, at=at)
    return made.public_id


def _call(owner: UUID, e164: str, at: datetime) -> str:
    """Have a number called."""
    call = SpooledCall(
        "one", "+442079460999", e164, at, at, at + timedelta(minutes=1), Outcome.ANSWERED, "edge-1"
    )
    calls.take_in(lines=[SpooledLine("spool", 1, call)], by=SYSTEM, at=at)
    return queries.calls_of(owner)[0].public_id


def _passkey(person: UUID, at: datetime) -> UUID:
    return add_passkey(
        person=person,
        label="Blue key",
        credential=b"0123456789abcdef",
        public_key=b"0123456789abcdef",
        sign_count=0,
        transports=[],
        by=SYSTEM,
        at=at,
    )


def _papers(owner: UUID, at: datetime) -> dict[str, str]:
    """Buy a number that needs papers, and send them."""
    sale = Sale(subject=owner, at=at).send()
    return {"papers": sale.order, "paper": str(sale.papers.pictures[0].id)}


def _case(e164: str, at: datetime) -> str:
    """Have a number reported, and its customer warned."""
    by = Actor.staff(new_id(), frozenset({Role.SUPPORT})).for_purpose("abuse")
    reporting.report(number=e164, kind=AbuseKind.OTHER, said="Noise.", by=Actor.stranger(), at=at)
    (case,) = (one.id for one in cases.listed("new"))
    deciding.take_up(case=case, by=by, at=at)
    deciding.decide(case=case, decision=Decision.WARNING, clause="5.3", reason="Noise.", by=by, at=at)
    return public_id("abu", case)


def _message(owner: UUID, number: queries.Offer, at: datetime) -> dict[str, str]:
    """Have a message come that is sent on by letter."""
    message_forwarding.set_letter(number=number.id, on=True, by=Actor.customer(owner), at=at)
    arrived = Arrived("SM1", number.e164, "+447700900123", "Hello", sent_at=at)
    messages.take_in(carrier="twilio", arrived=arrived, by=Actor.carrier("twilio"), at=at)
    delivery = message_queries.deliveries_of(owner, number.id)[0]
    return {"message": delivery.message, "delivery": str(delivery.id)}


def _client() -> Client:
    return Client(headers={"accept": "text/html", "accept-language": "en"})


def _customers(found: World) -> UUID:
    """Make the stranger and two customers who can order; return the owner."""
    known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}
    found.clients = {name: _client() for name in ("stranger", "owner", "other")}
    builders.customer(found.clients["other"], email="other@example.com", **known)
    return builders.customer(found.clients["owner"], email="owner@example.com", **known)


def _order(person: UUID, number: str, at: datetime) -> str:
    return shop.place(subject=person, number=number, by=Actor.customer(person), at=at)


def _paid(person: UUID, number: str, at: datetime) -> str:
    """Buy a number: the payment provider's news is that it is paid."""
    order = _order(person, number, at)
    shop.check_out(order=order, shown=to_pay(order), by=Actor.customer(person), at=at)
    view = orders.order(order)
    assert view is not None
    assert view.price is not None
    amount: Money = view.price.gross
    event = PaymentEvent(f"event of {order}", EventKind.PAID, f"payment of {order}", order, amount, at)
    shop.take_event(event=event, by=Actor.carrier("payments"), at=at)
    return order


def _requests(found: World, owner: UUID, at: datetime) -> dict[str, str]:
    """Have the owner ask for a change by the form, and another customer for one that waits for staff."""
    sign_in = found.clients["other"].session[SESSION_KEY]
    session = account_queries.session(UUID(sign_in))
    assert session is not None
    made = {}
    for place, person in {"request": owner, "changing": session.person}.items():
        asked = requests.open_request(
            subject=person,
            kind=RequestKind.CHANGE,
            channel=Channel.FORM,
            asked="The name",
            by=Actor.stranger(),
            at=at,
        )
        made[place] = public_id("req", asked.pk)
    requests.approve(request=asked.pk, by=Actor.customer(session.person), at=at)
    return made


def _deletion(at: datetime) -> str:
    """Begin the deletion of a third customer; return the word it is followed by."""
    gone = builders.customer(email="gone@example.com")
    by = Actor.customer(gone)
    asked = requests.open_request(
        subject=gone, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=by, at=at
    )
    requests.approve(request=asked.pk, by=by, at=at)
    word = erasure.begin(subject=gone, request=asked.pk, by=by, at=at)
    accounts.sign_out_everywhere(person=gone, by=SYSTEM, at=at)
    return str(word)
