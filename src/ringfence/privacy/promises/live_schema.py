"""The live tables compared with the declarations (clause 1.1)."""

from typing import Final

from django.db import connection

from ringfence.privacy.inventory import declarations_of, stored_models

BOOKKEEPING: Final = frozenset({"django_migrations", "django_content_type"})
"""Tables of the framework about its own tables."""


def undeclared_columns() -> list[str]:
    """Return each column of the data database, as `table.column`, that no declaration names."""
    declared = _declared_columns()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attname"
        )
        columns = cursor.fetchall()
    return [
        f"{table}.{column}"
        for table, column in columns
        if table not in BOOKKEEPING and (table, column) not in declared
    ]


def _declared_columns() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for model in stored_models():
        holds = declarations_of(model)
        for field in model._meta.local_concrete_fields:
            if holds and field.name in holds and field.column:
                found.add((model._meta.db_table, field.column))
    return found
