"""Orders: how many a second, beside a bare transaction that inserts the same rows, and 200 buyers for 20 numbers."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from benchmarks.ground import Figure, seconds

CUSTOMERS: Final = 12
ORDERS: Final = 48
BUYERS, NUMBERS, AT_ONCE = 200, 20, 16
HEADER: Final = "first,last,capabilities,monthly,setup,currency"
UNLIKE_AN_ORDER: Final = frozenset({"telephony_number", "telephony_numbercount", "shop_bookseries"})
"""Tables whose rows an order changes and does not make."""


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    _take_in("+442079460000,+442079460999,voice,49,0,NOK")
    customers = [_customer(turn) for turn in range(CUSTOMERS)]
    for customer in customers:
        _buy(customer)
    made, rows = [], []
    for turn in range(ORDERS):
        before = _now_in_the_database()
        made.append(seconds(lambda: _buy(customers[turn % CUSTOMERS])))  # noqa: B023 - called at once
        rows.append(_rows_since(before))
    _require_in_service(ORDERS + CUSTOMERS)
    bare = _insert_the_same(rows)
    mine, other = ORDERS / sum(made), ORDERS / sum(bare)
    count = sum(map(len, rows)) / ORDERS
    how = f"{ORDERS} orders one after the other: held, ordered, page noted, paid by an event, in service"
    yield Figure("orders_per_s", mine, "1/s", "-", "-", how)
    reference = f"one transaction with the same {count:.0f} rows, {other:.0f}/s"
    yield Figure("orders_vs_insert", mine / other, "x", ">= 0.4", reference, how, mine / other >= 0.4)
    yield _race()


def _take_in(line: str) -> None:
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.money import Money
    from ringfence.shop import actions
    from ringfence.telephony.actions import stock
    from ringfence.telephony.number_blocks import Block, parse_blocks

    system, at = Actor.system("benchmark"), clock.now()
    for block in parse_blocks([HEADER, line]):
        if not isinstance(block, Block):
            raise TypeError(block)
        stock.take_in(block=block, by=system, at=at)
        price = {"monthly": Money.of("49", "NOK"), "setup": Money.of("0", "NOK")}
        actions.set_price(country=block.numbers.country, kind=str(block.type), **price, by=system, at=at)


def _customer(turn: int) -> UUID:
    from ringfence.accounts import actions
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor

    known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}
    return actions.add_customer(
        email=f"buyer{turn}@example.com",
        password="a long enough phrase",
        language="en",
        by=Actor.system("benchmark"),
        at=clock.now(),
        **known,  # type: ignore[arg-type] # each of its own kind
    )


def _a_free_number() -> UUID:
    from ringfence.telephony.models import Number

    return Number.objects.filter(state="available").order_by("e164").values_list("pk", flat=True)[0]


def _buy(customer: UUID) -> None:
    """Buy a number as the pages and the webhook do, without the network."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.money import Money
    from ringfence.kernel.public_ids import parse, public_id
    from ringfence.privacy.keys import keyring
    from ringfence.shop import actions
    from ringfence.shop.ports import EventKind, PaymentEvent

    keyring.forget()
    by, carrier = Actor.customer(customer), Actor.carrier("payments")
    number = public_id("num", _a_free_number())
    order = actions.place(subject=customer, number=number, by=by, at=clock.now())
    shown = Money.of("61.25", "NOK")
    actions.check_out(order=order, shown=shown, by=by, at=clock.now())
    actions.note_payment_page(order=parse(order, "ord"), reference=f"pay_{order}", by=by, at=clock.now())
    event = PaymentEvent(f"evt_{order}", EventKind.PAID, f"pay_{order}", order, shown, clock.now())
    actions.take_event(event=event, by=carrier, at=clock.now())


def _require_in_service(count: int) -> None:
    from ringfence.shop.models import Order

    if Order.objects.filter(state="active").count() != count:
        raise RuntimeError("not every order is in service")


def _now_in_the_database() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())")
        return int(cursor.fetchone()[0])


def _rows_since(before: int) -> list[tuple[str, tuple[Any, ...]]]:
    """Return every row that was written since, by its table."""
    from django.db import connection

    found: list[tuple[str, tuple[Any, ...]]] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            if table not in UNLIKE_AN_ORDER:
                cursor.execute(f'SELECT t.* FROM "{table}" t WHERE t.xmin::text::bigint >= %s', [before])
                found += [(table, row) for row in cursor.fetchall()]
    return found


def _insert_the_same(orders: list[list[tuple[str, tuple[Any, ...]]]]) -> list[float]:
    """Insert the rows of each order in one transaction, into empty tables with the same columns and indexes."""
    import psycopg
    from django.db import connection, transaction

    from ringfence.config.embedded import EmbeddedServer

    tables = {table for rows in orders for table, _row in rows}
    owner = EmbeddedServer(Path(os.environ["RINGFENCE_VAR_DIR"]))
    with psycopg.connect(owner.owner_url, autocommit=True) as made:
        for table in sorted(tables):
            made.execute(f'CREATE TABLE "bare_{table}" (LIKE "{table}" INCLUDING ALL)')
            made.execute(f'GRANT ALL ON "bare_{table}" TO PUBLIC')

    def insert(rows: list[tuple[str, tuple[Any, ...]]]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, row in rows:
                places = ", ".join(["%s"] * len(row))
                cursor.execute(
                    f'INSERT INTO "bare_{table}" OVERRIDING SYSTEM VALUE VALUES ({places})',
                    [_written(one) for one in row],
                )

    return [seconds(lambda: insert(rows)) for rows in orders]  # noqa: B023 - called at once


def _written(value: Any) -> Any:
    import json

    return json.dumps(value) if isinstance(value, dict) else value


def _race() -> Figure:
    from django.db import connections

    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.public_ids import public_id
    from ringfence.kernel.refusal import Refusal
    from ringfence.shop import actions
    from ringfence.shop.models import Order
    from ringfence.telephony.models import Number

    buyers = [_customer(1000 + turn) for turn in range(BUYERS)]
    free = Number.objects.filter(state="available").order_by("e164")
    wanted = [public_id("num", key) for key in free.values_list("pk", flat=True)[:NUMBERS]]
    wishes = [(buyer, wanted[turn % NUMBERS]) for turn, buyer in enumerate(buyers)]

    def place(several: list[tuple[UUID, str]]) -> list[str]:
        said = []
        for buyer, number in several:
            try:
                actions.place(subject=buyer, number=number, by=Actor.customer(buyer), at=clock.now())
                said.append("held")
            except Refusal as refused:
                said.append(refused.code)
        connections.close_all()
        return said

    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(place, [wishes[first::AT_ONCE] for first in range(AT_ONCE)]))
    took = time.perf_counter() - began
    told = Counter(said for several in answers for said in several)
    held = list(Order.objects.filter(subject__in=buyers).values_list("number", flat=True))
    twice = len(held) - len(set(held))
    how = (
        f"{BUYERS} buyers on {AT_ONCE} connections, all answered in {took:.1f} s: {told['held']} held,"
        f" {told['number.taken']} told that it is gone"
    )
    exact = twice == 0 and told == {"held": NUMBERS, "number.taken": BUYERS - NUMBERS}
    return Figure("order_race_double_sales", twice, "numbers", "<= 0", f"{NUMBERS} numbers", how, exact)
