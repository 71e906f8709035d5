"""The live columns: none is made for payment data, and what a provider sends has them by allow-list (clause 2.4)."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from django.db import connections

from ringfence.privacy.payment_watch.tables import DATABASES

FOR_PAYMENT_DATA: Final = re.compile(
    r"(?:^|_)(?:card|cards|pan|iban|bic|cvv2?|cvc2?|cardholder|card_?number|account_?number|bank_?account|kontonummer"
    r"|kortnummer|expiry|exp_(?:month|year)|track[12])(?:_|$)",
    re.IGNORECASE,
)
PAYLOADS: Final = re.compile(
    r"(?:^|_)(?:payload|raw|webhook|request_body|response|provider_data|metadata)(?:_|$)", re.IGNORECASE
)

_allowed: dict[str, frozenset[str]] = {}


def allow_only(table: str, columns: Collection[str]) -> None:
    """Enter the columns of a table that takes in what a payment provider sends; a column more breaks the promise."""
    _allowed[table] = frozenset(columns)


def wrong_columns() -> list[str]:
    """Return each column, as `table.column`, that is made for payment data, for a payload, or is not on its list."""
    return sorted(f"{table}.{column}" for table, column in _columns() if _is_wrong(table, column))


def _is_wrong(table: str, column: str) -> bool:
    is_beyond = table in _allowed and column not in _allowed[table]
    return is_beyond or bool(FOR_PAYMENT_DATA.search(column) or PAYLOADS.search(column))


def _columns() -> Iterator[tuple[str, str]]:
    for database in DATABASES:
        with connections[database].cursor() as cursor:
            cursor.execute(
                "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
                " AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped"
            )
            yield from cursor.fetchall()
