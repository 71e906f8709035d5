"""Every field of the inventory, whatever room it is of: planted, handed over, erased, and found nowhere (2.9, 7.2).

A model of any room joins by itself. When a row of it cannot be made from its fields alone, `EXAMPLES` of the canary
says how. What a change does to every field that is the customer's own is in `test_changed_everywhere`.
"""

import json
import logging
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections, models

from ringfence.config import embedded, embedded_account, parsing
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy import copies, register
from ringfence.privacy.copying import held
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.erasure.search import OWN_TABLES
from ringfence.privacy.erasure.values import known_values
from ringfence.privacy.inventory import DeclaredField, declarations_of, personal_fields
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.router import KEYS
from ringfence.privacy.rules import Channel
from ringfence.privacy.sealed import Erased, SealedField
from tests.promises.test_canary import Canary, _content, _dump, _row, _tables_showing

pytestmark = [pytest.mark.django_db(databases=["default", "keys"], transaction=True)]
AT = datetime.now(UTC)
SYSTEM = Actor.system("tests")
WITHHELD = "(withheld)"


def models_about_people() -> list[type[models.Model]]:
    """Return every model with a personal field that is somebody's; the deletion itself is not planted."""
    found = {field.model for field in personal_fields() if field.model._meta.app_label != KEYS}
    whose = {model for model in found if (holds := declarations_of(model)) and holds.subject_path}
    return sorted(
        (model for model in whose if model._meta.db_table not in OWN_TABLES), key=lambda one: one._meta.label
    )


def fields() -> list[DeclaredField]:
    known = set(models_about_people())
    return [field for field in personal_fields() if field.model in known]


def sealed_fields() -> list[DeclaredField]:
    return [one for one in fields() if isinstance(one.model._meta.get_field(one.name), SealedField)]


def what_stays() -> set[type[models.Model]]:
    return {model for holder in register.holders() if holder.stays for model in holder.models}


@action("tests.plant_everything")
def plant(*, canary: Canary, person: UUID, by: Actor, at: datetime) -> None:
    """Make a row of every model that holds anything about a person."""
    rows: dict[type[models.Model], models.Model] = {}
    for model in models_about_people():
        _row(model, person, canary, rows)
    for row in rows.values():
        _join(row, rows)
    about(person)


def _join(row: models.Model, rows: dict[type[models.Model], models.Model]) -> None:
    """Let a row point at those that are the person's through it alone, such as a way of paying."""
    for field in row._meta.local_concrete_fields:
        other = rows.get(field.related_model) if field.is_relation and field.null else None
        if other is not None and (_leads_through(row, f"{field.name}__") or _leads_through(other, "__")):
            setattr(row, field.name, other)
            row.save(update_fields=[field.name])


def _leads_through(row: models.Model, step: str) -> bool:
    """Tell whether a row is the person's through another one."""
    holds = declarations_of(type(row))
    return holds is not None and step in holds.subject_path


@pytest.fixture
def person() -> UUID:
    return uuid4()


@pytest.fixture
def canary(person: UUID, caplog: pytest.LogCaptureFixture) -> Canary:
    """A row of every model about one person, each value known again, and everything logged meanwhile."""
    caplog.set_level(logging.DEBUG)
    made = Canary()
    plant(canary=made, person=person, by=SYSTEM, at=AT)
    keyring.forget()
    return made


@pytest.mark.promise("7.2")
def test_every_field_is_handed_over_and_would_be_looked_for(canary: Canary, person: UUID) -> None:
    assert len(models_about_people()) >= 30
    handed: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for kind in copies.copy_of(person, AT)["kinds"]:
        for record in kind["records"]:
            handed[kind["name"], record["id"]].append(record)
    known = known_values(person)
    holder = {model: one.name for one in register.holders() for model in one.models}
    for field in fields():
        if held.shows_nothing(field.model):
            continue  # as a copy of everything, which would be in itself
        row = register.rows_of(field.model, person).get()
        records = [one for one in handed[holder[field.model], str(row.pk)] if field.name in one]
        assert records, f"{field} is not in the copy"
        said = json.dumps([one[field.name] for one in records])
        planted = canary.planted.get(str(field), "")
        there = planted in said or planted.encode().hex() in said or WITHHELD in said
        assert there, f"{field} is not in the copy as it was planted"
    for field in sealed_fields():
        if not field.declaration.common and field.model not in what_stays():
            planted = canary.planted[str(field)]
            assert any(planted in value for value in known), f"{field} is not looked for after a deletion"


@pytest.mark.promise("2.9")
def test_every_field_is_erased_everywhere_and_in_the_backup_of_the_day_before(
    canary: Canary,
    person: UUID,
    cluster: embedded.EmbeddedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
            " VALUES ('default', 'x', %s, 'todo')",
            [json.dumps({"person": str(person)})],
        )
    backup = {alias: _dump(cluster, connections[alias].settings_dict["NAME"]) for alias in ("default", KEYS)}
    assert any(keys_of(person, living=True))
    erasure.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=AT)
    no_row_is_left(person)
    nothing_shows_the_person(person, canary, cluster, caplog, capsys)
    body = Receipt.objects.get().body
    assert body["searched"]["values"] >= 20
    assert {kept["what"] for kept in body["stays"]} == {
        holder.name for holder in register.holders() if holder.stays
    }
    with restored(backup["default"], "default", cluster):
        assert every_sealed_value(person) == {"erased"}
    # The backup of the keys, too: it opens until the weekly key that wrapped it has ended, and no longer.
    with restored(backup["default"], "default", cluster), restored(backup[KEYS], KEYS, cluster):
        assert "erased" not in every_sealed_value(person)
    final_at = datetime.fromisoformat(body["final_at"])
    keys.rotate(by=SYSTEM, at=keys.week_start(AT) + timedelta(days=7))
    keys.rotate(by=SYSTEM, at=final_at - timedelta(hours=1))
    with restored(backup["default"], "default", cluster), restored(backup[KEYS], KEYS, cluster):
        assert every_sealed_value(person) == {"no key"}


def keys_of(person: UUID, *, living: bool) -> list[str]:
    with connections[KEYS].cursor() as cursor:
        cursor.execute(
            "SELECT retention_class FROM keys_datakey WHERE subject = %s AND (wrapped IS NOT NULL) = %s",
            [person, living],
        )
        return [row[0] for row in cursor.fetchall()]


def no_row_is_left(person: UUID) -> None:
    """Look in every model: no row of the person, and no row that stays opens, but for what a law keeps."""
    keyring.forget()
    kept = what_stays()
    for model in models_about_people():
        holds = declarations_of(model)
        assert holds is not None
        assert model in kept or not register.rows_of(model, person).exists(), model
        for field in sealed_fields():
            if field.model is model and model not in kept:
                left = model._default_manager.exclude(**{f"{field.name}__isnull": True})
                assert not left.exists(), f"{field} is still there, of nobody"


def nothing_shows_the_person(
    person: UUID,
    canary: Canary,
    cluster: embedded.EmbeddedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Look in tables with the queue among them, blind indexes, files, the server's own too, and what was logged."""
    assert [table for alias in ("default", KEYS) for table in _tables_showing(canary, alias)] == []
    with connections[KEYS].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM keys_blindindex WHERE subject = %s", [person])
        assert cursor.fetchone() == (0,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE args::text LIKE %s", [f"%{person}%"])
        assert cursor.fetchone() == (0,)
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("CHECKPOINT")
    for top in (Path(settings.VAR_DIR), Path(os.environ["TEST_RUN_VAR"])):
        for folder, _folders, names in os.walk(top):
            paths = [Path(folder, name) for name in names]
            assert [path for path in paths if path.is_file() and canary.is_in(_content(path))] == []
    output = capsys.readouterr()
    said = f"{caplog.text}\n{output.out}\n{output.err}"
    assert not canary.is_in(said.encode())
    assert str(person) not in said


@contextmanager
def restored(dump: bytes, alias: str, cluster: embedded.EmbeddedServer) -> Iterator[None]:
    """Restore a dump beside what there is, and look at it instead."""
    name, found = f"of_the_day_before_{alias}", connections[alias]
    before = dict(found.settings_dict)
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        program = [str(embedded_account.binary("psql")), "-q", cluster.url(embedded.SUPERUSER, name)]
        subprocess.run(program, input=dump, capture_output=True, check=True)
        keyring.forget()
        found.close()
        there = parsing.django_database(cluster.url(embedded.SUPERUSER, name))
        found.settings_dict.update({part: there[part] for part in ("NAME", "USER", "PASSWORD")})
        try:
            yield
        finally:
            found.close()
            found.settings_dict.update(before)
            keyring.forget()
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def every_sealed_value(person: UUID) -> set[str]:
    """Return what becomes of the values of all sealed fields that no law keeps: erased, open, or no key for it."""
    outcomes: set[str] = set()
    for field in sealed_fields():
        if field.model in what_stays():
            continue
        row: Any = register.rows_of(field.model, person).get()
        keyring.forget()
        try:
            opened = getattr(row, field.name).open()
        except keyring.KeyLost:
            outcomes.add("no key")
        else:
            outcomes.add("erased" if isinstance(opened, Erased) else "open")
    return outcomes
