"""Trying a backup: restored beside the store, deletions done again, everything compared with what was said of it."""

import time
from datetime import datetime
from typing import Any, Final

import structlog
from django.db import models

from ringfence.config import migrating
from ringfence.config.backups import making, programs, restoring, scratch, sets
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import doors, replay
from ringfence.privacy.backups.actions import Tried
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.erasure.actions import ErasureIncomplete
from ringfence.privacy.inventory import Personal, declarations_of, stored_models
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger import verify
from ringfence.privacy.sealed import ERASED, SealBroken, Sealed, SealedField

log = structlog.get_logger(__name__)

SYSTEM: Final = Actor.system("drill")
SAMPLE: Final = 20
"""Newest values of each sealed column that are opened."""

WHAT_IT_MEANS: Final = {
    "damaged": "a file of the backup is not the one that was written",
    "not-restored": "the databases did not take the backup",
    "rows": "tables do not hold as many rows as when the backup was made",
    "ledger": "the ledger does not hold together, or is not the one of that moment",
    "seals": "values of people who are there do not open",
    "returned": "somebody who was deleted is there again, or their data opens",
}
"""The stable words for what did not hold."""


class _Trial:
    """What is found while a backup is tried."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.tables = self.rows = self.opened = self.replayed = 0
        self.complaint = ""


def drill(name: str | None, *, at: datetime) -> tuple[Tried, str]:
    """Try a backup; return what was found, and the first complaint in words. Raises BackupFailed when there is none."""
    with sets.alone():
        chosen = restoring.choose(name)
        restoring.require_known(chosen)
        began, trial = time.monotonic(), _Trial()
        try:
            _require_whole(chosen, trial)
            if not trial.faults:
                with scratch.scratch():
                    _try(chosen, trial, at)
        except Exception as problem:
            # Whatever it is, this backup did not restore, and the promise must say so.
            log.exception("drill.failed")
            trial.faults.append("not-restored")
            trial.complaint = trial.complaint or f"{type(problem).__name__}: {problem}".splitlines()[0]
    seconds = round(time.monotonic() - began, 3)
    tried = Tried(
        chosen.name, seconds, trial.tables, trial.rows, trial.opened, trial.replayed, tuple(trial.faults)
    )
    return tried, trial.complaint


def _require_whole(chosen: restoring.Chosen, trial: _Trial) -> None:
    for one in (chosen.data, chosen.keys):
        try:
            if one is not None:
                one.require_whole()
        except BackupFailed as problem:
            trial.faults.append("damaged")
            trial.complaint = str(problem)
            return


def _try(chosen: restoring.Chosen, trial: _Trial, at: datetime) -> None:
    """Restore beside the store, and compare."""
    with doors.passing():
        restoring.bring_back(chosen, at=at, say=lambda _line: None)
        _compare_rows(chosen, trial)
        migrating.migrate()
        if verify.findings():
            trial.faults.append("ledger")
        deleted = replay.who_came_back()
        try:
            trial.replayed = replay.replay(by=SYSTEM, at=at)
        except ErasureIncomplete as problem:
            trial.complaint = str(problem)
            trial.faults.append("returned")
        if "returned" not in trial.faults and (replay.people_left(deleted) or replay.who_came_back()):
            trial.faults.append("returned")
        _open_some(trial)


def _compare_rows(chosen: restoring.Chosen, trial: _Trial) -> None:
    """Compare each table, and the ledger, with what the backup said when it was made."""
    for alias, one in (("default", chosen.data), ("keys", chosen.keys)):
        assert one is not None
        with programs.connect(alias) as reading:
            facts = making.facts_of(reading, alias)
        trial.tables += len(facts["tables"])
        trial.rows += sum(facts["tables"].values())
        if facts["tables"] != one.facts["tables"] and "rows" not in trial.faults:
            trial.faults.append("rows")
        if alias == "default" and facts["ledger"] != one.facts["ledger"]:
            trial.faults.append("ledger")


def _open_some(trial: _Trial) -> None:
    """Open the newest values of each sealed column: each opens, or is known to be erased."""
    for model in stored_models():
        holds = declarations_of(model)
        sealed = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, SealedField) and holds and isinstance(holds.get(field.name), Personal)
        ]
        for field in sealed:
            if not _opens(model, field, trial):
                trial.faults.append("seals")
                return


def _opens(model: type[models.Model], field: SealedField, trial: _Trial) -> bool:
    rows = model._default_manager.exclude(**{f"{field.name}__isnull": True}).order_by("-pk")[:SAMPLE]
    for row in rows:
        value: Any = getattr(row, field.attname)
        try:
            content = value.open() if isinstance(value, Sealed) else value
        except (SealBroken, keyring.KeyLost):
            return False
        trial.opened += content is not ERASED
    return True
