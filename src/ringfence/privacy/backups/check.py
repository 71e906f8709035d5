"""Clause 2.6, live: the ledger is the one that was signed, and there is a backup that was seen to restore.

Cheap at any size: the ledger is sampled, of backups and trials a handful of rows is read, of tombstones those of 90
days, and of the sets that lie there their manifests.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.backups import queries, rules, tombstones
from ringfence.privacy.backups.ports import Fault
from ringfence.privacy.keys.models import KeyEpoch
from ringfence.privacy.promises import live_ledger
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding

SENTENCE: Final = gettext_noop(
    "The record of what was done is complete and unchanged, and there is a backup that was seen to restore."
)
LEDGER: Final = gettext_noop(
    "Lines in the ledger: %(lines)s. Read again just now: %(read)s. Faults found: %(faults)s."
)
OUTSIDE: Final = gettext_noop(
    "Lines in the ledger: %(lines)s. Read again just now: %(read)s. Faults found: %(faults)s. Backups are made outside"
    " the store and are not looked at here."
)
AMISS: Final = gettext_noop(
    "Lines in the ledger: %(lines)s. Read again just now: %(read)s. Faults found: %(faults)s. Copies that nobody can"
    " read: %(unreadable)s. Things left by a backup or a trial that was broken off: %(left)s."
)
UNTRIED: Final = gettext_noop(
    "Lines in the ledger: %(lines)s. Read again just now: %(read)s. Faults found: %(faults)s. Backups: %(backups)s, the"
    " newest %(backup_age_seconds)s old. None was tried yet."
)
TRIED: Final = gettext_noop(
    "Lines in the ledger: %(lines)s. Read again just now: %(read)s. Faults found: %(faults)s. Backups: %(backups)s, the"
    " newest %(backup_age_seconds)s old. The last one tried, %(drill_age_seconds)s ago, restored with"
    " %(drill_faults)s faults."
)


def database_is_protected(at: datetime) -> Finding:
    """Clause 2.6: the ledger holds together; backups are there, young enough, not too old, can be read, and restore."""
    ledger = live_ledger.look()
    figures: dict[str, int | float] = {
        "lines": ledger.lines,
        "read": ledger.read,
        "faults": ledger.faults + tombstones.lacking(),
    }
    state = BROKEN if figures["faults"] else KEPT
    amiss = Counter(one.fault for one in queries.amiss(at))
    if amiss:
        return Finding(BROKEN, AMISS, figures | {fault.value: amiss[fault] for fault in Fault})
    there, drill = queries.there(), queries.last_drill()
    if not there and not settings.BACKUP_DAILY:
        return Finding(state, OUTSIDE, figures)
    began = KeyEpoch.objects.order_by("began_at").values_list("began_at", flat=True).first()
    age = rules.late(queries.newest(), began, at)
    figures |= {
        "backups": len(there),
        "backup_age_seconds": age.total_seconds(),
        "kept_too_long": sum(one.final_at <= at for one in there),
    }
    tried = timedelta(0)
    if drill:
        tried = max(at - drill.at, timedelta(0))
        figures |= {"drill_age_seconds": tried.total_seconds(), "drill_faults": len(drill.faults)}
    no_trial = rules.late(drill.at if drill else None, began, at)
    text = TRIED if drill else UNTRIED if there else LEDGER
    is_broken = (
        state == BROKEN
        or age >= rules.TOO_LATE
        or bool(figures["kept_too_long"])
        or bool(drill and drill.faults)
        or no_trial >= rules.DRILL_TOO_OLD
    )
    if is_broken:
        return Finding(BROKEN, text, figures)
    usual = timedelta(days=2 * settings.DRILL_DAYS + 1 if settings.DRILL_DAYS else 35)
    soon = age >= rules.LATE or no_trial >= usual
    return Finding(DUE_SOON if soon else KEPT, text, figures)
