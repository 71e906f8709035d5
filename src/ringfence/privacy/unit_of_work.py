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


@contextmanager
def unit_of_work(line: Line) -> Iterator[None]:
    """Commit keys first, then data with its ledger line; on any exception both are undone and keys forgotten.

    A key or index whose data was not committed opens nothing and is swept up.
    """
    try:
        with transaction.atomic(using="default"), keys_transaction.level():
            yield
            if not line.silent:
                append(line)
                if line.by.kind is Kind.STAFF and line.by.purpose:
                    note.told(line.subjects)
    except BaseException:
        keyring.forget()
        raise
