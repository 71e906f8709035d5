"""What the running store may do in the data database where another role owns the tables: its rows, and nothing more.

The owner gives it, when it migrates: SELECT, INSERT, UPDATE and DELETE on every table, without UPDATE and DELETE on
those that are append-only (clause 2.3). Tables of later versions get the same by default privileges.
"""

from django.conf import settings
from django.db import connections
from psycopg import sql

PROMISE = """
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {store};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {store};
"""

LACKING = """
SELECT c.oid::regclass::text, c.relkind = 'S',
       EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'append_only')
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')
  AND pg_has_role(c.relowner, 'USAGE')
  AND NOT CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(%(store)s, c.oid, 'USAGE')
               ELSE has_table_privilege(%(store)s, c.oid, 'SELECT')
                AND has_table_privilege(%(store)s, c.oid, 'INSERT') END
"""
"""Tables and sequences the store cannot use yet. Of those it was granted before, nothing is changed."""


def promise(store: str) -> None:
    """Before migrating, as the owner: what is made from now on may be used by the store's role, if that is another."""
    if store != settings.DATABASE_OWNER["USER"]:
        with connections["default"].cursor() as cursor:
            role = sql.Identifier(store)
            cursor.execute("SELECT has_schema_privilege(%s, 'public', 'USAGE')", [store])
            if not cursor.fetchone()[0]:
                cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
            cursor.execute(sql.SQL(PROMISE).format(store=role))


def grant(store: str) -> None:
    """After migrating, as the owner: what was there before the promise may be used too."""
    if store != settings.DATABASE_OWNER["USER"]:
        with connections["default"].cursor() as cursor:
            cursor.execute(LACKING, {"store": store})
            for name, sequence, append_only in cursor.fetchall():
                what = "USAGE, SELECT" if sequence else "SELECT, INSERT"
                what += "" if sequence or append_only else ", UPDATE, DELETE"
                kind = "SEQUENCE" if sequence else "TABLE"
                # The name comes from regclass, which quotes it.
                statement = sql.SQL(f"GRANT {what} ON {kind} {name} TO {{}}")
                cursor.execute(statement.format(sql.Identifier(store)))
