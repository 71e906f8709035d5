"""The ledger's tables take new rows and refuse everything else, by trigger and by role."""

from typing import ClassVar

from django.db import migrations

TABLES = ("privacy_ledgerline", "privacy_ledgerleaf", "privacy_ledgernode", "privacy_checkpoint")

REFUSE = """
CREATE FUNCTION ledger_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION ledger_line_is_pending() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO privacy_pendingline (line_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER becomes_pending AFTER INSERT ON privacy_ledgerline
    FOR EACH ROW EXECUTE FUNCTION ledger_line_is_pending();
"""

PER_TABLE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuses();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses();
DO $$
DECLARE grantee text;
BEGIN
    REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC;
    FOR grantee IN
        SELECT DISTINCT quote_ident(r.rolname) FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = '{table}'::regclass
        UNION SELECT quote_ident(current_user)
    LOOP
        EXECUTE 'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ' || grantee;
    END LOOP;
END $$;
"""

UNDO = """
DROP FUNCTION ledger_refuses() CASCADE;
DROP FUNCTION ledger_line_is_pending() CASCADE;
"""


class Migration(migrations.Migration):
    """Run after the tables exist; roles granted by default privileges are found on the tables themselves."""

    dependencies: ClassVar = [("privacy", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            REFUSE + "".join(PER_TABLE.format(table=table) for table in TABLES), UNDO
        )
    ]
