"""The keys in use: found in the `keys` database, unwrapped by the key store, remembered for one request or task."""

import os
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from hmac import digest as hmac_of
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import transaction as keys_transaction
from ringfence.privacy.keys.router import KEYS
from ringfence.privacy.ports import EpochGone, key_store

KEY_BYTES = 32
DIGEST_BYTES = 12


class KeyLost(RuntimeError):
    """A key that was never destroyed cannot be found or unwrapped. Restore the key store before going on."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A data key ready for use."""

    id: int
    cipher: AESGCM
    secret: bytes


@dataclass(frozen=True, slots=True)
class _Gone:
    """A key that was destroyed on purpose."""


GONE = _Gone()
Ring = dict[tuple[UUID, str], Key | _Gone]
_ring: ContextVar[Ring | None] = ContextVar("keyring", default=None)


def forget(**_kwargs: Any) -> None:
    """Drop every key this request or task has used."""
    _ring.set(None)


def key_for(subject: UUID, retention_class: RetentionClass) -> Key:
    """Return the living key of a person and class for sealing; make it when there is none.

    Raises KeyLost, or KeyError when the person was erased: nothing may be sealed for them again.
    """
    found = _lookup(subject, retention_class)
    if isinstance(found, Key):
        return found
    if _lookup(subject, RetentionClass.ACCOUNT) is GONE:
        raise KeyError("this person was erased")
    return _make(subject, retention_class)


def find(subject: UUID, retention_class: RetentionClass, key_id: int) -> Key | None:
    """Return the key a value was sealed with, or None when it was destroyed. Raises KeyLost."""
    found = _lookup(subject, retention_class)
    if isinstance(found, Key) and found.id == key_id:
        return found
    if found is GONE or _was_destroyed(key_id):
        return None
    raise KeyLost(f"the key of a {retention_class} value is not in the keys database")


def _was_destroyed(key_id: int) -> bool:
    with connections[KEYS].cursor() as cursor:
        cursor.execute("SELECT wrapped IS NULL FROM keys_datakey WHERE id = %s", [key_id])
        return bool(cursor.fetchone() == (True,))


def prefetch(subjects: Iterable[UUID], retention_class: RetentionClass) -> None:
    """Read the keys of many people in one query, so that a list opens without a query per row."""
    ring = _current()
    wanted = [subject for subject in subjects if (subject, retention_class) not in ring]
    if wanted:
        _remember(_read(wanted, [retention_class]))


def token(subject: UUID) -> bytes | None:
    """Return how the ledger knows a person: a keyed digest that dies with the key. None once erased."""
    key = _lookup(subject, RetentionClass.ACCOUNT)
    if key is GONE:
        return None
    mac = hmac.HMAC(
        (key if isinstance(key, Key) else _make(subject, RetentionClass.ACCOUNT)).secret, hashes.SHA256()
    )
    mac.update(b"ledger token")
    return mac.finalize()[:16]


def digest(key: Key, name: str, value: str) -> bytes:
    """Return a keyed digest of a value among one person's, so that equal ones are found; it dies with their key."""
    return hmac_of(key.secret, f"{name}\0{value}".encode(), "sha256")[:DIGEST_BYTES]


def context(subject: UUID, retention_class: str) -> bytes:
    """Return what a wrapped key is bound to."""
    return f"{subject.hex}:{retention_class}".encode()


def _current() -> Ring:
    ring = _ring.get()
    if ring is None:
        ring = {}
        _ring.set(ring)
    return ring


def _lookup(subject: UUID, retention_class: RetentionClass) -> Key | _Gone | None:
    ring = _current()
    found = ring.get((subject, retention_class))
    if found is None:
        _remember(_read([subject], list(RetentionClass)))
        found = ring.get((subject, retention_class))
    return found


Row = tuple[int, UUID, str, str, bytes | None]


def _read(subjects: list[UUID], classes: list[RetentionClass]) -> list[Row]:
    """Return the newest key of each person and class. Plain SQL: this is the hottest read of the house."""
    with connections[KEYS].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (subject, retention_class) id, subject, retention_class, epoch_id, wrapped"
            " FROM keys_datakey WHERE subject = ANY(%s) AND retention_class = ANY(%s)"
            " ORDER BY subject, retention_class, destroyed_at DESC NULLS FIRST",
            [subjects, [str(name) for name in classes]],
        )
        return list(cursor.fetchall())


def _remember(rows: list[Row]) -> None:
    ring = _current()
    by_epoch: dict[str, list[Row]] = {}
    for row in rows:
        if row[4] is None:
            ring[row[1], row[2]] = GONE
        else:
            by_epoch.setdefault(row[3], []).append(row)
    for epoch, wrapped in by_epoch.items():
        try:
            secrets = key_store().unwrap_many(
                epoch, [(bytes(r[4] or b""), context(r[1], r[2])) for r in wrapped]
            )
        except EpochGone as error:
            raise KeyLost(str(error)) from error
        for row, secret in zip(wrapped, secrets, strict=True):
            ring[row[1], row[2]] = Key(row[0], AESGCM(secret), secret)


def _make(subject: UUID, retention_class: RetentionClass) -> Key:
    """Make a key in the current epoch; when two do it at once, both use the first.

    `now()` is the database's: a key's age decides nothing.
    """
    secret = os.urandom(KEY_BYTES)
    key_id = int.from_bytes(os.urandom(8), "big") >> 1
    keys_transaction.join()
    with connections[KEYS].cursor() as cursor:
        cursor.execute(
            "SELECT name FROM keys_keyepoch WHERE superseded_at IS NULL ORDER BY began_at DESC LIMIT 1"
        )
        epoch = cursor.fetchone()
        if epoch is None:
            raise KeyLost("there is no key epoch yet; run `ringfence migrate`")
        wrapped = key_store().wrap_many(epoch[0], [(secret, context(subject, retention_class))])[0]
        cursor.execute(
            "INSERT INTO keys_datakey (id, subject, retention_class, epoch_id, wrapped, created_at)"
            " VALUES (%s, %s, %s, %s, %s, now()) ON CONFLICT DO NOTHING",
            [key_id, subject, str(retention_class), epoch[0], wrapped],
        )
    _current().pop((subject, retention_class), None)
    _remember(_read([subject], [retention_class]))
    made = _current().get((subject, retention_class))
    if not isinstance(made, Key):
        raise KeyLost(f"a key for {retention_class} could not be made")
    return made
