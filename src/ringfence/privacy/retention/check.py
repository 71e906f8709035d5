"""The check of clause 2.8, made of what the rooms have entered."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.conf import settings
from django.db import models

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import Category, RetentionClass, personal_fields
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Figure, Finding
from ringfence.privacy.retention import holds

SENTENCE: Final = gettext_noop(
    "What has reached the end of its time is gone, who called stands in no log file, and no record waits outside."
)
TEXT: Final = gettext_noop(
    "Kinds of data with an end: %(kinds)s. Records past their end: %(overdue)s. Values looked for in log files:"
    " %(sought)s, found: %(found)s, in files: %(files)s. Oldest record not taken in yet: %(waiting_seconds)s."
    " Machines not heard of: %(silent)s. Classes of data without an end: %(endless)s."
    " Legal holds in force: %(on_hold)s."
)
SOON: Final = timedelta(minutes=1)
LATE: Final = timedelta(minutes=5)
"""How long a record may wait to be taken in before it is worth a look, and before the promise is broken."""

LAST_BYTES: Final = 16 * 1024 * 1024
"""Bytes of the end of each log file that are read: more than is written between two checks."""

_LOGS: Final = "*.log*"
_DIGITS: Final = re.compile(rb"\d{6,20}")


def nothing_outlives_its_class(at: datetime) -> Finding:
    """Clause 2.8: look at every class that was entered, at the log files, and at what is on its way in.

    A class that some field falls under and that nothing lets go of breaks the promise too. Each count is of rows past
    their end, found by an index on their moment: without any it reads nothing, however many customers there are.
    What further machines report counts like what is seen here; as long as one is silent nobody can say that it is kept.
    """
    overdue = dict.fromkeys(sorted(classes_in_use()), 0)
    for one in retention.entered():
        overdue[str(one.retention_class)] = overdue.get(str(one.retention_class), 0) + one.overdue(at)
    endless = classes_in_use() - {str(one.retention_class) for one in retention.entered()}
    logs, machines = search_logs(at), retention.machines(at)
    found = max([logs.found, *(machine.logs_found for machine in machines)])
    waits = [backlog.oldest(at) for backlog in retention.backlogs()]
    waiting = max([timedelta(0), *waits, *(machine.waiting for machine in machines)])
    silent = sum(machine.is_silent for machine in machines)
    figures: dict[str, Figure] = {
        "kinds": len(retention.entered()),
        "overdue": sum(overdue.values()),
        "sought": logs.sought,
        "found": found,
        "files": logs.files,
        "waiting_seconds": waiting.total_seconds(),
        "silent": silent,
        "endless": len(endless),
        "on_hold": holds.count_in_force(at),
        **{f"overdue_{name}": count for name, count in sorted(overdue.items())},
    }
    if figures["overdue"] or endless or found or waiting > LATE:
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if waiting > SOON or silent else KEPT, TEXT, figures)


def classes_in_use() -> set[str]:
    """Return every class that some stored field falls under, of a model that knows whose its rows are."""
    return {
        str(field.declaration.retention)
        for field in personal_fields()
        if field.declaration.category is not Category.LINK
    }


def endless_tables() -> list[str]:
    """Return the tables with personal data of a class that nothing entered lets go of for them.

    Those of the class `account` end with the account, and what belongs to a row of another table ends with it.
    """
    covered = {(model, str(one.retention_class)) for one in retention.entered() for model in one.tables}
    return sorted(
        {
            f"{field.model._meta.label}: {field.declaration.retention}"
            for field in personal_fields()
            if field.declaration.category is not Category.LINK
            and field.declaration.retention != RetentionClass.ACCOUNT
            and not any(
                (model, str(field.declaration.retention)) in covered
                for model in _with_what_they_end(field.model)
            )
        }
    )


def _with_what_they_end(model: type[models.Model]) -> set[type[models.Model]]:
    """Return a model, and those whose rows take its rows along when they go."""
    owners = {
        one.related_model
        for one in model._meta.local_fields
        if isinstance(one, models.ForeignKey) and one.remote_field.on_delete is models.CASCADE
    }
    return {model, *owners}


class Searched(NamedTuple):
    """What came of looking through the log files of this machine: values, files, and files that show one."""

    sought: int
    files: int
    found: int


def search_logs(at: datetime) -> Searched:
    """Look through the log files of this machine for values that none may show."""
    values = {value for secret in retention.secrets() for value in secret.sample(at)}
    logs = log_files()
    return Searched(len(values), len(logs), sum(shows_any(path, values) for path in logs))


def log_files() -> list[Path]:
    """Return the log files of the store, those that were set aside included."""
    folder = Path(settings.VAR_DIR)
    return sorted(path for path in folder.glob(f"log/**/{_LOGS}") if path.is_file() and not path.is_symlink())


def shows_any(path: Path, values: Collection[str]) -> bool:
    """Tell whether the end of a file shows one of some values; a telephone number with or without its plus sign."""
    numbers = {value.removeprefix("+").encode() for value in values if value.removeprefix("+").isdigit()}
    others = [value.encode() for value in values if not value.removeprefix("+").isdigit()]
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_BYTES))
            content = file.read()
    except FileNotFoundError:
        return False
    runs = {run.removeprefix(b"00") for run in _DIGITS.findall(content)}
    return bool(runs & numbers) or any(one in content for one in others)
