"""Builders for the running store: they call actions in a process that has the store's environment."""

import json
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

PASSWORD = "four plain words here"


def _now() -> datetime:
    return datetime.now(UTC)


def customer(email: str, language: str = "en", **profile: Any) -> str:
    """A customer whose address counts as confirmed; their id."""
    from ringfence.accounts import actions
    from ringfence.kernel.actor import Actor

    by = Actor.system("tests")
    return str(
        actions.add_customer(email=email, password=PASSWORD, language=language, by=by, at=_now(), **profile)
    )


def deletion(email: str) -> str:
    """A customer whose deletion has begun; the word it is followed by."""
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.erasure import actions as erasure
    from ringfence.privacy.requests import actions as requests
    from ringfence.privacy.rules import Channel, RequestKind

    person = UUID(customer(email))
    by, at = Actor.customer(person), _now()
    asked = requests.open_request(
        subject=person, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=by, at=at
    )
    requests.approve(request=asked.pk, by=by, at=at)
    return str(erasure.begin(subject=person, request=asked.pk, by=by, at=at))


def notice() -> str:
    """A notice that nobody was sent yet; its public id."""
    from tests.support.notice_world import written

    return written()


def ticket(of: str) -> dict[str, str]:
    """A conversation of a customer that was answered, and a text to answer with; by their places in addresses."""
    from ringfence.kernel.actor import Actor, Role
    from ringfence.kernel.public_ids import new_id, parse
    from ringfence.support.tickets import actions, taking_in, templates

    person, at = parse(of, "cus"), _now()
    made = taking_in.open_in_account(
        subject=person, title="A question", text="How?", language="en", by=Actor.customer(person), at=at
    ).ticket
    staff = Actor.staff(new_id(), frozenset({Role.SUPPORT}), "customer-wrote")
    actions.answer(ticket=made, text="Like this.", seen=1, by=staff, at=at)
    actions.note(ticket=made, text="They ask often.", by=staff, at=at)
    templates.save(key=None, name="Greeting", text_nb="Hei", text_en="Hello", by=Actor.system("tests"), at=at)
    return {"ticket": made, "answer text": str(templates.templates()[0].id)}


def papers(customer: str) -> list[str]:
    """An order of a customer whose papers were sent; its id and that of a picture."""
    from ringfence.kernel.public_ids import parse
    from tests.shop.papers import Sale

    sale = Sale("+442079461500", subject=parse(customer, "cus")).send()
    return [sale.order, str(sale.papers.pictures[0].id)]


def case(number: str) -> str:
    """A case about a number whose customer was warned; its public id."""
    from ringfence.kernel.actor import Actor, Role
    from ringfence.kernel.public_ids import new_id, public_id
    from ringfence.support.abuse import deciding, queries, reporting
    from ringfence.support.abuse.rules import AbuseKind, Decision
    from ringfence.telephony import queries as telephony

    found, at = telephony.offer(number), _now()
    if found is None:
        raise LookupError("there is no such number")
    by = Actor.staff(new_id(), frozenset({Role.SUPPORT})).for_purpose("abuse")
    said, reason = "Somebody called in a bank’s name.", "It was used in a bank’s name."
    kind, stranger = AbuseKind.PRETENDING, Actor.stranger()
    reporting.report(number=found.e164, kind=kind, said=said, by=stranger, at=at)
    (waiting,) = (one.id for one in queries.listed("new", number=found.e164))
    deciding.take_up(case=waiting, by=by, at=at)
    deciding.decide(case=waiting, decision=Decision.WARNING, clause="5.4", reason=reason, by=by, at=at)
    return public_id("abu", waiting)


def call(customer: str) -> str:
    """A call to a number of a customer that nobody answered; its public id."""
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import parse
    from ringfence.telephony import queries
    from ringfence.telephony.actions import calls
    from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine

    person, at = parse(customer, "cus"), _now()
    called, outcome = queries.numbers_of(person)[0].e164, Outcome.NO_ANSWER
    one = SpooledCall("one", "+442079460999", called, at, None, at, outcome, "edge-1", code=480)
    calls.take_in(lines=[SpooledLine("spool", 1, one)], by=Actor.system("tests"), at=at)
    return queries.calls_of(person)[0].public_id


def message(customer: str, number: str) -> list[str]:
    """A message to a customer's number that is sent on to a web address; its id, and its delivery's."""
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import parse
    from ringfence.telephony import message_queries, queries
    from ringfence.telephony.actions import message_forwarding, messages
    from ringfence.telephony.message_ports import Arrived

    holder = parse(customer, "cus")
    found = queries.number_of(holder, number)
    if found is None:
        raise LookupError("this number is somebody else's")
    by, at = Actor.customer(holder), _now()
    message_forwarding.set_webhook(number=found.id, url="https://messages.example.org/", by=by, at=at)
    text = "482913 is your one-time code."
    arrived = Arrived("SM1", found.e164, "+447700900123", text, sent_at=at)
    messages.take_in(carrier="twilio", arrived=arrived, by=Actor.carrier("twilio"), at=at)
    delivery = message_queries.deliveries_of(holder, found.id)[0]
    return [delivery.message, str(delivery.id)]


def numbers_file() -> str:
    """A file of numbers that was looked through, with a line that is rejected; its public id."""
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import parse
    from ringfence.telephony import importing
    from ringfence.telephony.actions import imports

    by, at = Actor.system("tests"), _now()
    upload = imports.send_file(parts=[b"first,last\n+4721000000,+4721000099\nno number,\n"], by=by, at=at)
    importing.go_on(parse(upload, "imp"), by=by, at=at)
    return upload


def node() -> str:
    """The node of the store itself, for one that never follows would hold everything up; its public id."""
    from django.conf import settings

    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import public_id
    from ringfence.telephony.actions import nodes

    return public_id("node", nodes.seen(name=settings.SIP_NODE, by=Actor.system("tests"), at=_now()))


def requests(of: str) -> dict[str, str]:
    """Have a customer ask for a change, and another one whose request waits for staff; their public ids."""
    from uuid import UUID

    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import parse, public_id
    from ringfence.privacy.requests import actions
    from ringfence.privacy.rules import Channel, RequestKind

    at, made = _now(), {}
    for place, person in {
        "request": parse(of, "cus"),
        "changing": UUID(customer("asking@example.org")),
    }.items():
        by = Actor.customer(person)
        asked = actions.open_request(
            subject=person, kind=RequestKind.CHANGE, channel=Channel.FORM, asked="The name", by=by, at=at
        )
        made[place] = public_id("req", asked.pk)
    actions.approve(request=asked.pk, by=by, at=at)
    return made


SEEDS: dict[str, Callable[..., Any]] = {
    "call": call,
    "case": case,
    "customer": customer,
    "deletion": deletion,
    "message": message,
    "node": node,
    "notice": notice,
    "numbers_file": numbers_file,
    "papers": papers,
    "requests": requests,
    "ticket": ticket,
}


def main() -> None:
    """Call the builder that each line names, until there are none left, and answer each with what was returned."""
    from django.db import connections

    from ringfence.config import program
    from ringfence.privacy.keys import keyring

    answers, sys.stdout = sys.stdout, sys.stderr  # where the log goes
    program.set_up()
    with program.database():
        for line in sys.stdin:
            name, facts = json.loads(line)
            try:
                said = {"made": SEEDS[name](**facts)}
            except Exception:  # noqa: BLE001 - whoever asked is told
                said = {"trouble": traceback.format_exc()}
            keyring.forget()
            connections.close_all()
            answers.write(json.dumps(said) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
