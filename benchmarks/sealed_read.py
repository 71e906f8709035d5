"""Reading 20,000 customers with four sealed fields, beside the same rows in plain."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from benchmarks.ground import Figure, ratio

CUSTOMERS = 20_000
SHOWN = 50
FIELDS = ("name", "email", "phone", "address")


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    from ringfence.accounts.models import Person
    from ringfence.privacy.keys import keyring
    from ringfence.privacy.reading import SealedRows

    plain = _fill()

    def read_plain() -> list[tuple[Any, ...]]:
        return list(plain.objects.order_by("id").values_list("id", *FIELDS))

    def read_and_show() -> list[tuple[Any, ...]]:
        keyring.forget()
        return SealedRows(Person.objects.order_by("id"), *FIELDS).opened(0, SHOWN)

    def read_and_open_all() -> list[tuple[Any, ...]]:
        keyring.forget()
        return SealedRows(Person.objects.order_by("id"), *FIELDS).opened()

    if [row[1:] for row in read_plain()] != read_and_open_all():
        raise RuntimeError("sealed and plain rows differ")
    shown, mine, other = ratio(read_and_show, read_plain)
    reference = f"the same rows in plain columns, {other * 1000:.0f} ms"
    how = f"{CUSTOMERS:,} customers x 4 fields; {SHOWN} customers opened, as a page shows ({mine * 1000:.0f} ms)"
    yield Figure("sealed_read_ratio", shown, "x", "<= 2.5", reference, how, shown <= 2.5)
    opened, mine, other = ratio(read_and_open_all, read_plain, rounds=3)
    how = f"the same, with all {CUSTOMERS * 4:,} values opened, as no page does ({mine * 1000:.0f} ms)"
    yield Figure("sealed_read_all_opened_ratio", opened, "x", "-", f"{other * 1000:.0f} ms in plain", how)


def _fill() -> Any:
    """Make the customers, sealed and plain; return the plain table's model."""
    from django.db import connection

    from ringfence.config.migrating import as_owner

    values = {
        uuid4(): (
            f"Customer {n}",
            f"customer{n}@example.com",
            f"+4420794{n:05d}",
            f"{n} Example Street, 0001 Example",
        )
        for n in range(CUSTOMERS)
    }
    _make_keys(list(values))
    _make_people(values)
    plain = _plain_table()
    with as_owner(), connection.schema_editor() as editor:
        editor.create_model(plain)
    rows = [plain(id=person, **dict(zip(FIELDS, row, strict=True))) for person, row in values.items()]
    plain.objects.bulk_create(rows, batch_size=2000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return plain


def _plain_table() -> Any:
    from django.db import models

    class Plain(models.Model):  # noqa: DJ008 - never shown
        """The same four fields without a seal."""

        id = models.UUIDField(primary_key=True)
        name = models.TextField()
        email = models.TextField()
        phone = models.TextField()
        address = models.TextField()

        class Meta:
            app_label = "bench"
            db_table = "bench_plain"

    return Plain


def _make_keys(people: list[UUID]) -> None:
    """Make a key for each person at once; the product makes them one by one, as people come."""
    from django.db import connections, transaction

    from ringfence.interfaces import clock
    from ringfence.privacy.inventory import RetentionClass
    from ringfence.privacy.keys import keyring
    from ringfence.privacy.ports import key_store

    columns = "id, subject, retention_class, epoch_id, wrapped, created_at"
    with connections["keys"].cursor() as cursor, transaction.atomic("keys"):
        cursor.execute("SELECT name FROM keys_keyepoch WHERE superseded_at IS NULL")
        epoch = cursor.fetchone()[0]
        pairs = [(os.urandom(32), keyring.context(person, RetentionClass.ACCOUNT)) for person in people]
        with cursor.copy(f"COPY keys_datakey ({columns}) FROM STDIN") as copy:
            for person, wrapped in zip(people, key_store().wrap_many(epoch, pairs), strict=True):
                key = int.from_bytes(os.urandom(7), "big")
                copy.write_row((key, person, "account", epoch, wrapped, clock.now()))
    keyring.prefetch(people, RetentionClass.ACCOUNT)


def _make_people(values: dict[UUID, tuple[str, ...]]) -> None:
    from ringfence.accounts.models import Person
    from ringfence.accounts.rules import PersonKind, PersonState
    from ringfence.interfaces import clock
    from ringfence.kernel.action import action
    from ringfence.kernel.actor import Actor

    @action("bench.fill")
    def fill(*, rows: list[Any], by: Actor, at: datetime) -> None:
        Person.objects.bulk_create(rows, batch_size=2000)

    at = clock.now()
    common = {"kind": PersonKind.CUSTOMER, "state": PersonState.ACTIVE, "language": "en", "registered_at": at}
    rows = [
        Person(id=person, **common, **dict(zip(FIELDS, row, strict=True))) for person, row in values.items()
    ]
    fill(rows=rows, by=Actor.system("benchmark"), at=at)
