"""What every action runs in: one transaction, one ledger line per person concerned."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from ringfence.kernel.action import Line
from ringfence.kernel.actor import Kind
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys import transaction as keys_transaction
from ringfence.privacy.ledger.append import append
from ringfence.privacy.looks import note
from ringfence.privacy.requests.effects import require_open_to_staff


@contextmanager
def unit_of_work(line: Line) -> Iterator[None]:
    """Commit keys first, then data with its ledger line; on any exception both are undone and keys forgotten.

    A key or index whose data was not committed opens nothing and is swept up. Staff see and do nothing about somebody
    who restricted it, unless the purpose allows it (GDPR art. 18).
    """
    try:
        with transaction.atomic(using="default"), keys_transaction.level():
            yield
            require_open_to_staff(line)
            if not line.silent:
                append(line)
                if line.by.kind is Kind.STAFF and line.by.purpose:
                    note.told(line.subjects)
    except BaseException:
        keyring.forget()
        raise
