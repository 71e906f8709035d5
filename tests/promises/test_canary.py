"""A distinct value in every sealed field that the inventory knows, and then a search for it everywhere (clause 2.3).

A model of any room joins by itself. When a row of it cannot be made from its fields alone, `EXAMPLES` says how.
"""

import base64
import logging
import os
import secrets
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import structlog
from django.conf import settings
from django.db import connection, connections, models

from ringfence.config import embedded, embedded_account, parsing
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.erasure.search import all_tables
from ringfence.privacy.inventory import DeclaredField, declarations_of, personal_fields
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import RawBytes, SealedBytes, SealedField, SealedJSON

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.3"),
]

AT = datetime.now(UTC)
SYSTEM = Actor.system("tests")
EXAMPLES: dict[str, dict[str, Any]] = {
    "accounts.Person": {"kind": "customer", "state": "active", "language": "en", "roles": ""},
    "telephony.Number": {"e164": "+442079460100", "capabilities": ["voice"], "state": "in_service"},
    "shop.Renewal": {"state": "paid"},
    "shop.Papers": {"kinds": ["identity"], "state": "sent"},
    "shop.BookEntry": {"net_minor": 4, "vat_minor": 1, "gross_minor": 5},
    "privacy.PolicyVersion": {
        "number": 9,
        "kind": "correction",
        "notice_days": 1,
        "effective_at": AT + timedelta(days=60),
    },
    "privacy.ConsentRecord": {"ends_at": AT + timedelta(days=1)},
    "privacy.PolicyNotice": {"what": "withdrawal"},
    "privacy.Disclosure": {"fields": ["accounts.Person.name"]},
    "privacy.HandOver": {"fields": ["accounts.Person.name"], "people": 1, "purpose": "support"},
    "privacy.RequestLink": {"expires_at": AT + timedelta(days=1)},
    "privacy.StoppedUse": {"kind": "restrict"},
    "privacy.AuthorityDemand": {"fields": ["accounts.Person.name"]},
    "privacy.LegalHold": {"begins_at": AT, "until": AT + timedelta(days=1), "classes": ["traffic"]},
    "support.Notice": {"kind": "service"},
    "support.AbuseCase": {"state": "reported"},
    "support.Ticket": {"state": "closed", "closed_at": AT},
    "shop.Order": {"state": "held", "placed_at": AT, "held_until": AT + timedelta(minutes=15)},
}
"""Values of plain fields that a constraint asks for, by model."""


class Canary:
    """A random word, and every form in which it could have got out."""

    def __init__(self) -> None:
        self.word = "zq" + secrets.token_hex(9)
        self.planted: dict[str, str] = {}

    def value(self, field: DeclaredField) -> str:
        """Return the value to plant in a field: the word and something of its own."""
        made = f"{self.word}{len(self.planted):03d}"
        self.planted[str(field)] = made
        return made

    def forms(self) -> list[bytes]:
        """Return the word plain, reversed, in hex, and in base64 at each of the three alignments."""
        plain = self.word.encode()
        shifted = []
        for offset in range(3):
            encoded = base64.b64encode(b"\0" * offset + plain)
            first = -(-offset * 8 // 6) if offset else 0
            shifted.append(encoded[first + (1 if offset else 0) : (offset + len(plain)) * 8 // 6])
        return [plain, plain[::-1], plain.hex().encode(), plain[::-1].hex().encode(), *shifted]

    def is_in(self, content: bytes) -> bool:
        """Tell whether any form is there, in capitals or not, also where bytes are shown as hex."""
        lowered = content.lower()
        forms = [*self.forms(), *(form.hex().encode() for form in self.forms())]
        return any(form.lower() in lowered for form in forms)


@action("tests.plant")
def plant(*, canary: Canary, person: UUID, by: Actor, at: datetime) -> None:
    """Make a row of every model that holds something sealed."""
    rows: dict[type[models.Model], models.Model] = {}
    for field in sealed_fields():
        _row(field.model, person, canary, rows)
    about(person)


def sealed_fields() -> list[DeclaredField]:
    """Return every sealed field of the house."""
    return [f for f in personal_fields() if isinstance(f.model._meta.get_field(f.name), SealedField)]


def _row(
    model: type[models.Model], person: UUID, canary: Canary, rows: dict[type[models.Model], models.Model]
) -> models.Model:
    if model in rows:
        return rows[model]
    values: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        known = EXAMPLES.get(model._meta.label, {})
        if field.name in known:
            values[field.name] = known[field.name]
        elif isinstance(field, SealedField):
            values[field.name] = _sealed(field, canary.value(_declared(model, field)))
        elif isinstance(field, models.ForeignKey):
            related = field.related_model
            values[field.name] = None if field.null else _row(related, person, canary, rows)
        elif not isinstance(field, models.GeneratedField):
            values |= _plain(model, field, person)
    made = rows[model] = model(**values)
    try:
        made.save(force_insert=True)
    except Exception as error:
        raise AssertionError(f"say in EXAMPLES how a {model._meta.label} is made") from error
    return made


def _declared(model: type[models.Model], field: "models.Field[Any, Any]") -> DeclaredField:
    return next(f for f in personal_fields() if f.model is model and f.name == field.name)


def _sealed(field: SealedField, value: str) -> Any:
    if isinstance(field, SealedJSON):
        return {"canary": [value]}
    return RawBytes(f"{value} was said in a sentence".encode()) if isinstance(field, SealedBytes) else value


def _plain(model: type[models.Model], field: "models.Field[Any, Any]", person: UUID) -> dict[str, Any]:
    holds = declarations_of(model)
    if isinstance(field, models.UUIDField) and holds and holds.subject_path == field.name:
        return {field.name: person}
    if field.has_default() or field.null or isinstance(field, models.AutoField):
        return {}
    examples: list[tuple[type[Any], Any]] = [
        (models.UUIDField, uuid4()),
        (models.DateTimeField, AT),
        (models.DateField, AT.date()),
        (models.BooleanField, False),
        (models.IntegerField, 1),
        (models.DecimalField, 1),
        (models.BinaryField, secrets.token_bytes(32)),
        (models.JSONField, {}),
    ]
    for kind, value in examples:
        if isinstance(field, kind):
            return {field.name: value}
    return {field.name: field.choices[0][0] if field.choices else "x"}


@pytest.fixture
def canary(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Canary:
    """Every field planted, everything logged meanwhile, and the server's pages on disk."""
    caplog.set_level(logging.DEBUG)
    made = Canary()
    person = uuid4()
    plant(canary=made, person=person, by=SYSTEM, at=AT)
    structlog.get_logger(__name__).info("canary.planted", count=len(made.planted))
    return made


def test_every_sealed_field_is_planted_and_opens_again(canary: Canary) -> None:
    assert set(canary.planted) == {str(field) for field in sealed_fields()}
    assert len(canary.planted) >= 20
    keyring.forget()
    for field in sealed_fields():
        opened = getattr(field.model._default_manager.get(), field.name).open()
        content = opened.decode() if isinstance(opened, bytes) else str(opened)
        assert canary.planted[str(field)] in content, field


@pytest.mark.parametrize("alias", ["default", "keys"])
def test_no_table_shows_a_planted_value(canary: Canary, alias: str) -> None:
    assert list(_tables_showing(canary, alias)) == []


def _tables_showing(canary: Canary, alias: str) -> Iterator[str]:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT searched::text FROM "{table}" AS searched')
            if canary.is_in("\n".join(text for (text,) in cursor.fetchall()).encode()):
                yield table


def test_no_file_under_var_shows_a_planted_value(canary: Canary, cluster: embedded.EmbeddedServer) -> None:
    """The server's own files are among them: tables, indexes, the log of changes, sorted spill files."""
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute("CHECKPOINT")
    folders = [Path(settings.VAR_DIR), Path(os.environ["TEST_RUN_VAR"])]
    files = [
        path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    ]
    assert len(files) > 100
    assert [path for path in files if canary.is_in(_content(path))] == []


def test_no_log_and_no_job_shows_a_planted_value(
    canary: Canary, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    output = capsys.readouterr()
    said = f"{caplog.text}\n{output.out}\n{output.err}"
    assert not canary.is_in(said.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(args::text, ' '), '') FROM procrastinate_jobs")
        assert not canary.is_in(cursor.fetchone()[0].encode())


def test_the_search_would_find_each_form(canary: Canary) -> None:
    """A search that finds nothing proves something only when it would have found it."""
    forms = [*canary.forms(), *(form.hex().encode() for form in canary.forms())]
    assert len(forms) == 14
    for form in forms:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO privacy_promiseresult (id, clause, state, since, checked_at, text, figures)"
                " VALUES (%s, '9.9', 'kept', now(), now(), %s, '{}')",
                [uuid4(), f"before {form.decode()} after"],
            )
            assert list(_tables_showing(canary, "default")) == ["privacy_promiseresult"], form
            cursor.execute("DELETE FROM privacy_promiseresult")


@pytest.mark.parametrize("offset", range(3))
def test_base64_is_found_at_every_alignment(offset: int) -> None:
    canary = Canary()
    encoded = base64.b64encode(b"abc"[:offset] + b"%b and more" % canary.word.encode())
    assert canary.is_in(encoded)


def test_a_restored_copy_of_the_data_alone_opens_nothing(
    canary: Canary, cluster: embedded.EmbeddedServer
) -> None:
    name, copy = connection.settings_dict["NAME"], "restored_without_keys"
    dump = _dump(cluster, name)
    assert not canary.is_in(dump)
    before = dict(connection.settings_dict)
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {copy} TEMPLATE template0")
        try:
            subprocess.run(
                [
                    embedded_account.binary("psql"),
                    "-q",
                    "-v",
                    "ON_ERROR_STOP=0",
                    cluster.url(embedded.SUPERUSER, copy),
                ],
                input=dump,
                capture_output=True,
                check=True,
            )
            _lose_the_keys(cluster)
            connection.close()
            restored = parsing.django_database(cluster.url(embedded.SUPERUSER, copy))
            connection.settings_dict.update({part: restored[part] for part in ("NAME", "USER", "PASSWORD")})
            assert set(all_tables()) > {"accounts_person"}
            for field in sealed_fields():
                row = field.model._default_manager.get()
                keyring.forget()
                with pytest.raises(keyring.KeyLost):
                    getattr(row, field.name).open()
        finally:
            connection.close()
            connection.settings_dict.update(before)
            server.execute(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")


def _dump(cluster: embedded.EmbeddedServer, name: str) -> bytes:
    """Return a dump of a database, as a backup has it."""
    program = [str(embedded_account.binary("pg_dump")), "--no-owner", cluster.url(embedded.SUPERUSER, name)]
    return subprocess.run(program, capture_output=True, check=True).stdout


def _lose_the_keys(cluster: embedded.EmbeddedServer) -> None:
    """Leave the keys database as one of a new installation."""
    keyring.forget()
    name = connections["keys"].settings_dict["NAME"]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as keys:
        keys.execute("DELETE FROM keys_datakey")


def _content(path: Path) -> bytes:
    """Return what a file holds; the database may drop one of its own while the others are read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
