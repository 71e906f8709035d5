"""A store with very many customers, for the checks: made past the shop, but sealed, with keys, windows and tenures."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

AT_ONCE: Final = 20_000
CLASSES: Final = ("account", "traffic", "messages")
CALLS: Final = 2
"""Calls of each customer; every fifth has a message, every hundredth a refund and a request."""

PROVIDED: Final = 300
"""Days over which the orders lie."""

Person = tuple[UUID, UUID, dict[str, Any]]
"""Who, their number, and their keys by class."""


def fill(customers: int, at: datetime) -> None:
    """Add so many customers to a store."""
    from django.db import connection, connections

    from ringfence.config.migrating import as_owner
    from ringfence.privacy.ledger import append
    from ringfence.telephony import call_days

    for start in range(0, customers, AT_ONCE):
        people = _people(min(AT_ONCE, customers - start), at)
        _accounts(people, at)
        _numbers(people, at)
        _orders(people, at)
        _calls(people, at, call_days.kept_for())
        _messages(people, at)
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [customers // 5])
    _requests(customers // 100, at)
    while append.sequence():
        pass
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with connections["keys"].cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(count: int, at: datetime) -> list[Person]:
    """Make people with their keys, all at once; the product makes keys one by one, as people come."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from django.db import connections, transaction

    from ringfence.privacy.keys import keyring
    from ringfence.privacy.ports import key_store

    made: list[Person] = [(uuid4(), uuid4(), {}) for _one in range(count)]
    with connections["keys"].cursor() as cursor, transaction.atomic("keys"):
        cursor.execute("SELECT name FROM keys_keyepoch WHERE superseded_at IS NULL")
        epoch = cursor.fetchone()[0]
        for name in CLASSES:
            pairs = [(os.urandom(32), keyring.context(person, name)) for person, _number, _keys in made]
            wrapped = key_store().wrap_many(epoch, pairs)
            columns = "id, subject, retention_class, epoch_id, wrapped, created_at"
            with cursor.copy(f"COPY keys_datakey ({columns}) FROM STDIN") as copy:
                for (person, _number, keys), (secret, _context), blob in zip(
                    made, pairs, wrapped, strict=True
                ):
                    key = int.from_bytes(os.urandom(7), "big")
                    copy.write_row((key, person, name, epoch, blob, at))
                    keys[name] = keyring.Key(key, AESGCM(secret), secret)
    return made


def _copy(table: str, columns: str, rows: Iterator[Sequence[Any]], alias: str = "default") -> None:
    from django.db import connections

    with connections[alias].cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _sealer(model: Any, field: str) -> Any:
    return model._meta.get_field(field).sealer()


def _accounts(people: list[Person], at: datetime) -> None:
    from ringfence.accounts import models
    from ringfence.accounts.rules import ADDRESS_INDEX
    from ringfence.privacy.ports import key_store

    email, name = _sealer(models.Person, "email"), _sealer(models.Person, "name")

    def row(person: UUID, keys: dict[str, Any]) -> Sequence[Any]:
        own, key = str(person).encode(), keys["account"]
        sealed = [
            one.seal(value, own, person.hex.encode(), key)
            for one, value in ((email, f"{person.hex}@example.com".encode()), (name, b"Customer"))
        ]
        return (person, "customer", "", "active", "en", at, *sealed)

    columns = "id, kind, roles, state, language, registered_at, email, name"
    _copy("accounts_person", columns, (row(person, keys) for person, _number, keys in people))
    shown = ((uuid4(), person, 1, "registration", at) for person, _number, _keys in people)
    _copy("privacy_acknowledgement", "id, subject, version_id, moment, acknowledged_at", shown)
    addresses = [f"{person.hex}@example.com".encode() for person, _number, _keys in people]
    digests = key_store().mac_many(f"index:{ADDRESS_INDEX}", addresses)
    known = (
        (ADDRESS_INDEX, digest, person) for digest, (person, _n, _k) in zip(digests, people, strict=True)
    )
    _copy("keys_blindindex", "kind, digest, subject", known, "keys")


def _numbers(people: list[Person], at: datetime) -> None:
    from django.db import connection

    held = [[number for _p, number, _k in people], [person for person, _n, _k in people]]
    since = at - timedelta(days=PROVIDED + 1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_number (id, e164, national, country, area, type, capabilities, carrier, documents,"
            " state, state_since, holder, route_version)"
            " SELECT id, '+44207946' || (1000000 + taken + place), (1000000 + taken + place)::text, 'GB', 'London',"
            " 'geographic', '{voice}', '', '{}', 'in_service', %s, holder, 0"
            " FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS held (id, holder, place),"
            " (SELECT count(*) AS taken FROM telephony_number) AS before",
            [since, *held],
        )
        cursor.execute(
            "INSERT INTO telephony_tenure (id, number, subject, began_at)"
            " SELECT gen_random_uuid(), number, person, %s"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS held (number, person)",
            [since, *held],
        )


def _orders(people: list[Person], at: datetime) -> None:
    from ringfence.shop.models import Order
    from ringfence.shop.rules import cancellation_window

    digits = _sealer(Order, "e164")
    days = [at - timedelta(days=day, hours=2) for day in range(PROVIDED)]
    windows = [
        cancellation_window(provided_at=one, country="NO", consumer=True, time_zone="Europe/Oslo")
        for one in days
    ]
    ids = [uuid4() for _one in people]

    def row(place: int) -> Sequence[Any]:
        person, number, keys = people[place]
        provided, window = days[place % PROVIDED], windows[place % PROVIDED]
        sealed = digits.seal(b"+442079460000", str(ids[place]).encode(), person.hex.encode(), keys["account"])
        held = provided + timedelta(minutes=10)
        paid = ("refunded" if place % 100 == 0 else "active", provided, held, 4900, 0, "month", 4900, "NOK")
        bought = (3920, 980, 4900, 25, "NO", True, "Europe/Oslo", "en", 1, False, str(ids[place]))
        served = (False, provided, window.ends_at, window.rule)
        return (ids[place], person, number, sealed, "GB", "geographic", *paid, *bought, *served)

    columns = (
        "id, subject, number, e164, number_country, number_type, state, placed_at, held_until, monthly_minor,"
        " setup_minor, term, period_minor, currency, net_minor, vat_minor, gross_minor, vat_rate, buyer_country,"
        " consumer, time_zone, language, policy_version, keep_card, payment_reference, filed_by_staff, provided_at,"
        " window_ends_at, window_rule"
    )
    _copy("shop_order", columns, (row(place) for place in range(len(people))))
    events = ((f"evt_{one.hex}", one, "paid", 4900, "NOK", at, at) for one in ids)
    _copy("shop_paymentevent", "event_id, order_id, kind, minor, currency, occurred_at, received_at", events)
    back = ((uuid4(), one, 4900, "NOK", "done", "", 1, "", at, at) for one in ids[::100])
    _copy(
        "shop_refund",
        "id, order_id, minor, currency, state, reference, attempt, trouble, owed_at, done_at",
        back,
    )


def _calls(people: list[Person], at: datetime, kept: timedelta) -> None:
    from django.db import connection

    from ringfence.telephony.models import CallRecord

    sealers = [_sealer(CallRecord, "caller"), _sealer(CallRecord, "called")]
    first = (at - kept + timedelta(days=2)).astimezone(UTC)
    with connection.cursor() as cursor:
        cursor.execute("SELECT make_call_days(%s, %s)", [first.date(), at.date()])
    apart = (at - first) / (len(people) * CALLS + 1)

    def row(place: int) -> Sequence[Any]:
        person, number, keys = people[place % len(people)]
        call, began = uuid4(), first + apart * (place + 1)
        sealed = [
            one.seal(b"+15550100", str(call).encode(), person.hex.encode(), keys["traffic"])
            for one in sealers
        ]
        return (
            call,
            os.urandom(32),
            person,
            number,
            *sealed,
            os.urandom(12),
            began,
            began,
            began,
            "answered",
            "edge",
        )

    columns = (
        "id, call_digest, subject, number, caller, called, caller_digest, started_at, answered_at, ended_at, outcome,"
        " node"
    )
    _copy("telephony_callrecord", columns, (row(place) for place in range(len(people) * CALLS)))


def _messages(people: list[Person], at: datetime) -> None:
    from django.db import connection

    from ringfence.telephony.models import Message

    sealers = [_sealer(Message, "sender"), _sealer(Message, "text")]
    with connection.cursor() as cursor:
        for day in range(20):
            cursor.execute("SELECT telephony_make_message_day(%s)", [(at - timedelta(days=day)).date()])

    def row(place: int) -> Sequence[Any]:
        person, number, keys = people[place]
        message, came = uuid4(), at - timedelta(days=place % 19, minutes=5)
        sealed = [
            one.seal(b"+15550100", str(message).encode(), person.hex.encode(), keys["messages"])
            for one in sealers
        ]
        return (message, person, number, *sealed, came, "carrier", os.urandom(32), 1, 0)

    columns = "id, subject, number, sender, text, received_at, carrier, digest, parts, media"
    _copy("telephony_message", columns, (row(place) for place in range(0, len(people), 5)))


def _requests(count: int, at: datetime) -> None:
    from ringfence.kernel.action import action
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.requests.models import SubjectRequest

    asked, done = at - timedelta(days=9), at - timedelta(days=9) + timedelta(seconds=40)
    common = {"kind": "copy", "channel": "account", "state": "closed", "closed_at": done}

    @action("benchmark.requests")
    def make(*, by: Actor, at: datetime) -> None:
        SubjectRequest.objects.bulk_create(
            SubjectRequest(subject=uuid4(), received_at=asked, carried_out_at=done, **common)
            for _one in range(count)
        )

    make(by=Actor.system("benchmark"), at=at)


_LINES: Final = """
INSERT INTO privacy_ledgerline (nonce, at, action, actor, actor_token, subject_token, purpose, facts)
SELECT decode(md5(n::text), 'hex'), now(), 'accounts.sign_in', 'customer', decode(md5(n::text), 'hex'),
    decode(md5(n::text), 'hex'), '', '{}' FROM generate_series(1, %s) AS n
"""
