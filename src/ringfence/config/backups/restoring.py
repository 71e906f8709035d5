"""Restoring a backup: doors closed, old data in, deletions since done again, and only then doors open.

The data comes back in one transaction, which also says that the database is not open yet; then the keys; then tables
are brought to this version and every deletion that is younger than the backup is done again. A process that is killed
anywhere leaves closed doors, and running it again goes on.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
from django.db import ProgrammingError, connections

from ringfence.accounts import actions as accounts
from ringfence.config import migrating
from ringfence.config.backups import making, programs, sets, stash
from ringfence.kernel.actor import Actor
from ringfence.privacy import retention
from ringfence.privacy.backups import actions, doors, places, replay
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger import checkpoints, note
from ringfence.privacy.ports import KeyStoreUnavailable

OPERATOR: Final = Actor.system("operator")
NOTHING: Final = "other tools"
"""What stands for the name of a backup when the databases were brought back by other tools."""

EMPTY: Final = b"""SET LOCAL lock_timeout = '10s';
SET LOCAL client_min_messages = 'warning';
DROP SCHEMA IF EXISTS public CASCADE;
CREATE SCHEMA public;
"""
LEDGER_STAYS: Final = b"""
DO $$
DECLARE chosen regclass;
BEGIN
    FOR chosen IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'append_only' LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM PUBLIC, CURRENT_USER', chosen);
    END LOOP;
END $$;
"""
OTHERS: Final = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL"
)
PATIENCE_SECONDS: Final = 5.0
Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sets to restore."""

    name: str
    data: sets.Found | None
    keys: sets.Found | None


def choose(name: str | None, *, data: bool = True, keys: bool = True) -> Chosen:
    """Return the sets of a backup, the newest whole one when no name is given. Raises BackupFailed."""
    names = [
        one.name for one in sets.there() if (one.data_bytes or not data) and (one.keys_bytes or not keys)
    ]
    if name is None and not names:
        folders = dict.fromkeys([str(places.data_folder()), str(places.keys_folder())])
        raise BackupFailed(
            f"There is no whole backup in {' and '.join(folders)} that the secrets here open; see"
            " RINGFENCE_BACKUP_DIR, RINGFENCE_BACKUP_SECRET and RINGFENCE_BACKUP_KEYS_SECRET."
        )
    wanted = name or names[0]
    found = {kind: sets.read_set(kind, wanted) for kind in sets.KINDS}
    for kind, is_wanted in (("data", data), ("keys", keys)):
        if is_wanted and found["data" if kind == "data" else "keys"] is None:
            raise BackupFailed(
                f"The backup {wanted} has no whole set of the {kind} that the secrets here open;"
                " `ringfence backup --list` says which there are."
            )
    return Chosen(wanted, found["data"] if data else None, found["keys"] if keys else None)


def require_known(chosen: Chosen) -> None:
    """Refuse a backup of a later version, before anything is changed. Raises BackupFailed."""
    known = migrating.known_migrations()
    for one in (chosen.data, chosen.keys):
        if one is not None:
            unknown = [name for name in one.facts["migrations"] if _is_ours(name) and name not in known]
            if unknown:
                raise BackupFailed(
                    f"The backup {chosen.name} was made by a later version: {unknown[-1]} is unknown here."
                    " Install the version that made it first."
                )


def _is_ours(migration: str) -> bool:
    from django.apps import apps

    return migration.partition(".")[0] in {app.label for app in apps.get_app_configs()}


def begin(*, anew: bool, **facts: str) -> None:
    """Close the doors, here and in the database, so that nobody comes in; then see that nobody is inside.

    `facts` are what the mark says. Raises BackupFailed; doors that were open before (`anew`) are open again then,
    unless other tools have brought old data back.
    """
    by_others = facts["backup"] == NOTHING
    doors.close(**facts)
    try:
        with doors.passing(), migrating.as_owner():
            _close_database(brought_back=by_others)
        require_nobody_else()
    except BackupFailed:
        if anew and not by_others:
            let_be()
        raise


def _close_database(*, brought_back: bool) -> None:
    try:
        doors.close_database(brought_back=brought_back)
    except ProgrammingError as problem:
        raise BackupFailed(
            f"The data database cannot be closed: {str(problem).splitlines()[0]}. The role that owns its tables must"
            " own the database, too."
        ) from None


def let_be() -> None:
    """Open the doors to what is there."""
    with doors.passing(), migrating.as_owner():
        doors.open_again()


def brought_back() -> list[str]:
    """Return which databases hold what a backup brought back: "data", "keys"."""
    with doors.passing():
        aliases = doors.brought_back()
    return ["data" if alias == "default" else alias for alias in aliases]


def require_nobody_else() -> None:
    """Refuse to bring old data back under a running store; who is about to leave is waited for. Raises BackupFailed."""
    connections.close_all()
    for alias in ("default", "keys"):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (others := _others(alias)) and time.monotonic() < deadline:
            time.sleep(0.1)
        if others:
            raise BackupFailed(
                f"{others} other programs are connected to the {'data' if alias == 'default' else alias} database;"
                " stop the store on every machine first."
            )


def _others(alias: str) -> int:
    try:
        with programs.connect(alias, autocommit=True) as asking:
            row = asking.execute(OTHERS).fetchone()
    except psycopg.OperationalError as problem:
        raise BackupFailed(f"The database does not answer: {str(problem).splitlines()[0]}.") from None
    return int(str(row[0])) if row else 0


def bring_back(chosen: Chosen, *, at: datetime, say: Say) -> None:
    """Bring back what was chosen: what opens it first, then the data, which closes the database, then the keys."""
    if chosen.keys is not None:
        with chosen.keys.part(making.STASH) as pieces:
            if not stash.put_back(pieces, at):
                raise BackupFailed(
                    f"The backup {chosen.name} is too old: the keys it was sealed with are over, and its data is final."
                )
    if chosen.data is not None:
        say(f"The data of {chosen.data.made_at:%Y-%m-%d %H:%M} UTC.")
        load("default", chosen.data, doors.CLOSE_SQL.encode() + b";\n" + LEDGER_STAYS)
    if chosen.keys is not None:
        say(f"The keys of {chosen.keys.made_at:%Y-%m-%d %H:%M} UTC.")
        load("keys", chosen.keys, doors.CLOSE_SQL.encode() + b";\n")
    keyring.forget()


def load(alias: str, found: sets.Found, last: bytes) -> None:
    """Put a database's script in place of what is there, all of it or nothing."""
    connections[alias].close()
    with programs.loading(alias) as loading, found.part(making.SCRIPT) as script:
        loading.say(EMPTY)
        loading.say_all(script)
        loading.say(last)
        loading.commit()


def lost_lines(chosen: Chosen) -> int:
    """Return how many lines of the ledger were signed since the backup: they are lost with the data."""
    try:
        witness = checkpoints.witnessed()
    except (note.NoteInvalid, KeyStoreUnavailable):
        return 0
    if witness is None or chosen.data is None:
        return 0
    return max(0, witness.size - int(chosen.data.facts["ledger"]["size"]))


def finish(*, at: datetime, say: Say) -> int:
    """Bring tables to this version, do deletions since again, note it, and open the doors; return how many people.

    What is restored stands in the mark at the doors, and so does how many lines of the ledger are lost. It is noted
    before retention runs: that takes nobody for gone whose sign-ins may be lost.
    """
    facts = doors.what_is_restored()
    is_old = facts.get("data", "yes") == "yes"
    with doors.passing():
        if is_old:
            _set_witness_aside(at)
        migrating.migrate()
        replayed = replay.replay(by=OPERATOR, at=at)
        say(f"Deletions done again: {replayed}.")
        if is_old:
            accounts.begin_anew(by=OPERATOR, at=at)
            say("Everybody signs in again; links in letters work no more.")
        actions.note_restored(
            backup=facts.get("backup", NOTHING),
            replayed=replayed,
            lost=int(facts.get("lost", "0")),
            by=OPERATOR,
            at=at,
        )
        retention.let_go(by=OPERATOR, at=at)
        replay.forget_unknown_addresses(by=OPERATOR, at=at)
        keys.rotate(by=OPERATOR, at=at)
        checkpoints.publish(by=OPERATOR, at=at)
        actions.note_seen(there=sets.there(), by=OPERATOR, at=at)
    let_be()
    return replayed


def _set_witness_aside(at: datetime) -> None:
    """Put the newest signed head aside: the ledger goes on from where it was at the backup, and says so."""
    checkpoint = places.witness_folder() / "checkpoint"
    if checkpoint.exists():
        aside = checkpoint.with_name(f"checkpoint.before-{at:%Y%m%dT%H%M%SZ}")
        checkpoint.replace(aside if not aside.exists() else aside.with_name(f"{aside.name}-{os.getpid()}"))
