"""The core by itself: sealing, keys, actions, the ledger."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.db import connection, transaction

from ringfence.config import embedded
from ringfence.kernel.action import WriteOutsideAction, about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions, blind, keyring
from ringfence.privacy.keys.models import DataKey, KeyEpoch
from ringfence.privacy.ledger import append, checkpoints, note, verify
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.ports import key_store
from ringfence.privacy.sealed import ERASED, Place, RawBytes, SealBroken, open_sealed, seal
from ringfence.support.models import Letter

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SYSTEM = Actor.system("tests")
pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


@action("tests.touch")
def touch(*, subject: object, by: Actor, at: datetime) -> None:
    """Leave a line about somebody."""
    about(subject, step=1)  # type: ignore[arg-type]


def place(subject: object, row: str = "1") -> Place:
    """Return a place to seal for."""
    return Place("t", "c", row, subject, RetentionClass.ACCOUNT)  # type: ignore[arg-type]


@pytest.mark.promise("2.3")
def test_a_sealed_value_opens_in_its_place_only() -> None:
    subject = uuid4()
    blob = seal(b"secret", place(subject))
    assert open_sealed(blob, place(subject)) == b"secret"
    with pytest.raises(SealBroken):
        open_sealed(blob, place(subject, row="2"))
    with pytest.raises((SealBroken, keyring.KeyLost)):
        open_sealed(blob, place(uuid4()))


@pytest.mark.promise("2.9")
def test_after_its_key_is_destroyed_a_value_is_erased() -> None:
    subject = uuid4()
    blob = seal(b"secret", place(subject))
    actions.destroy(subject=subject, classes=[RetentionClass.ACCOUNT], by=SYSTEM, at=AT)
    keyring.forget()
    assert open_sealed(blob, place(subject)) is ERASED
    with pytest.raises(KeyError):
        seal(b"again", place(subject))


@pytest.mark.promise("2.3")
@pytest.mark.parametrize("plain", [b"", b"plain", b"\x01" + b"x" * 35, b"P" * 200])
def test_plain_bytes_are_never_stored_as_if_they_were_sealed(plain: bytes) -> None:
    letter = Letter(subject=uuid4(), received_at=AT, digest=b"d", envelope={}, content=plain)
    with pytest.raises(SealBroken):
        write(letter=letter, by=SYSTEM, at=AT)
    letter.content = RawBytes(plain)
    write(letter=letter, by=SYSTEM, at=AT)
    assert Letter.objects.get().content.open() == plain


@action("tests.write")
def write(*, letter: Letter, by: Actor, at: datetime) -> None:
    """Store a letter."""
    letter.save(force_insert=True)


def test_a_rolled_back_key_is_never_used_again() -> None:
    subject = uuid4()

    @action("tests.fail")
    def fail(*, by: Actor, at: datetime) -> None:
        seal(b"x", place(subject))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - our own, just above
        fail(by=SYSTEM, at=AT)
    blob = seal(b"kept", place(subject))
    keyring.forget()
    assert open_sealed(blob, place(subject)) == b"kept"


def test_rotation_moves_keys_and_ends_old_epochs() -> None:
    subject = uuid4()
    blob = seal(b"kept", place(subject))
    later = datetime.now(UTC) + timedelta(days=8)
    actions.rotate(by=SYSTEM, at=later)
    keyring.forget()
    assert open_sealed(blob, place(subject)) == b"kept"
    actions.rotate(by=SYSTEM, at=later + timedelta(days=14))
    assert KeyEpoch.objects.filter(destroyed_at=None).count() == 2
    keyring.forget()
    assert open_sealed(blob, place(subject)) == b"kept"
    assert key_store().epochs() >= set(
        KeyEpoch.objects.filter(destroyed_at=None).values_list("name", flat=True)
    )


def test_a_lost_key_is_told_apart_from_an_erased_one() -> None:
    subject = uuid4()
    blob = seal(b"kept", place(subject))
    epoch = DataKey.objects.get(subject=subject).epoch_id
    keyring.forget()
    path = key_store()._epoch_path(epoch)  # type: ignore[attr-defined]
    saved = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(keyring.KeyLost):
            open_sealed(blob, place(subject))
    finally:
        path.write_bytes(saved)
    assert open_sealed(blob, place(subject)) == b"kept"


def test_a_value_belongs_to_one_person() -> None:
    first, second = uuid4(), uuid4()

    @action("tests.claim")
    def claim(*, subject: object, by: Actor, at: datetime) -> None:
        blind.claim("email", "one@example.com", subject)  # type: ignore[arg-type]

    claim(subject=first, by=SYSTEM, at=AT)
    claim(subject=first, by=SYSTEM, at=AT)
    assert blind.find("email", "one@example.com") == first
    with pytest.raises(blind.Taken):
        claim(subject=second, by=SYSTEM, at=AT)


def test_writing_outside_an_action_is_refused() -> None:
    with pytest.raises(WriteOutsideAction):
        KeyEpoch.objects.create(name="x", began_at=AT)
    with pytest.raises(WriteOutsideAction):
        KeyEpoch.objects.update(began_at=AT)
    with pytest.raises(WriteOutsideAction):
        KeyEpoch.objects.all().delete()


@pytest.mark.promise("2.6")
@pytest.mark.parametrize(
    "verb", ["UPDATE privacy_ledgerline SET action = 'x'", "DELETE FROM privacy_ledgerline"]
)
@pytest.mark.parametrize("role", ["app", "owner", "superuser"])
def test_the_ledger_refuses_to_be_changed(verb: str, role: str, cluster: embedded.EmbeddedServer) -> None:
    touch(subject=uuid4(), by=SYSTEM, at=AT)
    name = connection.settings_dict["NAME"]
    user = {"app": None, "owner": embedded.OWNER, "superuser": embedded.SUPERUSER}[role]
    url = cluster.url(user, name) if user else connection.get_connection_params()
    with psycopg.connect(url) if isinstance(url, str) else psycopg.connect(**url) as raw:  # noqa: SIM117
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(verb)
    assert LedgerLine.objects.exists()


@pytest.mark.promise("2.6")
def test_the_ledger_holds_together_and_proves_a_line() -> None:
    subject = uuid4()
    for _ in range(7):
        touch(subject=subject, by=SYSTEM, at=AT)
    checkpoints.publish(by=SYSTEM, at=AT)
    touch(subject=subject, by=SYSTEM, at=AT)
    signed = checkpoints.publish(by=SYSTEM, at=AT)
    assert note.read(signed, key_store().public_key()).size == append.size()
    assert verify.findings() == []
    newest = checkpoints.latest()
    assert newest is not None
    for line in LedgerLine.objects.all():
        proof = checkpoints.prove(line, newest)
        assert proof.line


def _as_superuser(cluster: embedded.EmbeddedServer, *statements: str) -> None:
    name = connection.settings_dict["NAME"]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as raw:
        raw.execute("SET session_replication_role = replica")
        for statement in statements:
            raw.execute(statement)


@pytest.mark.promise("2.6")
@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        (
            [
                "UPDATE privacy_ledgerline SET facts = '{}' WHERE id = (SELECT min(id) + 1 FROM privacy_ledgerline)"
            ],
            "rewritten",
        ),
        (
            ["DELETE FROM privacy_ledgerline WHERE id = (SELECT min(id) + 1 FROM privacy_ledgerline)"],
            "removed",
        ),
        (["DELETE FROM privacy_ledgerleaf WHERE position = 2"], "gap"),
        (
            [
                "DELETE FROM privacy_ledgerleaf WHERE position >= 5",
                "DELETE FROM privacy_ledgerline WHERE id > (SELECT max(line_id) FROM privacy_ledgerleaf)",
            ],
            "cut",
        ),
        (
            [
                "DELETE FROM privacy_ledgerleaf WHERE position >= 5",
                (
                    "DELETE FROM privacy_ledgernode WHERE place & (1::bigint << 56) - 1 >= 2"
                    " OR place >> 56 = 0 AND place >= 5"
                ),
                "DELETE FROM privacy_ledgerline WHERE id > (SELECT max(line_id) FROM privacy_ledgerleaf)",
                "DELETE FROM privacy_checkpoint WHERE size > 4",
            ],
            "lines were signed",
        ),
        (
            [
                (
                    "INSERT INTO privacy_ledgerline (nonce, at, action, actor, purpose, facts)"
                    " VALUES ('', now(), 'nobody.knows', 'system', '', '{}')"
                )
            ],
            "left out",
        ),
        (["UPDATE privacy_checkpoint SET note = translate(note, 'AEIOU', 'EIOUA')"], "checkpoint"),
    ],
)
def test_tampering_is_found(tampering: list[str], finding: str, cluster: embedded.EmbeddedServer) -> None:
    for step in range(8):
        touch(subject=uuid4(), by=SYSTEM, at=AT)
        if step in (3, 7):
            checkpoints.publish(by=SYSTEM, at=AT)
    assert verify.findings() == []
    _as_superuser(cluster, *tampering)
    assert any(finding in found for found in verify.findings()), verify.findings()


def test_a_checkpoint_that_was_undone_leaves_no_witness() -> None:
    touch(subject=uuid4(), by=SYSTEM, at=AT)
    kept = checkpoints.publish(by=SYSTEM, at=AT)
    touch(subject=uuid4(), by=SYSTEM, at=AT)
    with transaction.atomic():
        checkpoints.publish(by=SYSTEM, at=AT)
        transaction.set_rollback(True)
    found = checkpoints.witnessed()
    assert found is not None
    assert found == note.read(kept, key_store().public_key())
    assert verify.findings() == []
