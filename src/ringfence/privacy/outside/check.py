"""The check of clause 1.3: what third parties send is kept as far as it was declared, and no further.

Each reader is given an example with a new word in every part that nobody declared; the live tables are compared with
the columns that may be there; and every field declared as coming from a third party lies in one of those tables.
Only the catalogue of the database is read, no table.
"""

import secrets
from datetime import datetime
from typing import Final

from django.db import connection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside
from ringfence.privacy.inventory import Source, personal_fields
from ringfence.privacy.promises.registry import BROKEN, KEPT, Finding

SENTENCE: Final = gettext_noop(
    "Of what other companies send us we keep the declared parts only: each way in is tried with a part nobody declared."
)
TEXT: Final = gettext_noop(
    "Ways in tried just now with parts nobody declared: %(tried)s, let through: %(let_through)s. Tables that keep what"
    " comes from others: %(tables)s, columns beyond what was declared: %(beyond)s. Fields from others outside them:"
    " %(elsewhere)s."
)


def only_declared_is_taken_in(_at: datetime) -> Finding:
    """Clause 1.3: try every reader, and compare the tables with what may be there."""
    word = f"zq{secrets.token_hex(12)}"
    tried = {name: trial(word) for name, trial in outside.trials().items()}
    leaking = [name for name, found in tried.items() if not found or outside.lets_through(found, word)]
    tables = outside.tables()
    elsewhere = [
        one
        for one in personal_fields()
        if one.declaration.source is Source.THIRD_PARTY and one.model._meta.db_table not in tables
    ]
    figures = {
        "tried": len(tried),
        "let_through": len(leaking),
        "tables": len(tables),
        "beyond": len(beyond()),
        "elsewhere": len(elsewhere),
    }
    broken = leaking or figures["beyond"] or elsewhere
    return Finding(BROKEN if broken else KEPT, TEXT, figures)


def beyond() -> list[str]:
    """Return each column, as `table.column`, that a table has and may not have."""
    tables = outside.tables()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()"
            " AND c.relkind IN ('r', 'p') AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped"
            " ORDER BY c.relname, a.attname",
            [sorted(tables)],
        )
        return [
            f"{table}.{column}" for table, column in cursor.fetchall() if column not in tables[table].columns
        ]
