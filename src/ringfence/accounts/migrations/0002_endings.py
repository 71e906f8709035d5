"""Accounts that end by themselves; sign-ins by week; letters by age (clause 2.8)."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

SET_ASIDE = """
ALTER TABLE accounts_signin RENAME TO accounts_signin_before;
ALTER TABLE accounts_signin_before RENAME CONSTRAINT accounts_signin_pkey TO accounts_signin_before_pkey;
"""
COLUMNS = """
    id uuid NOT NULL,
    means varchar(8) NOT NULL,
    strong boolean NOT NULL,
    made_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    fresh_at timestamptz NOT NULL,
    network_address bytea NOT NULL,
    device bytea NOT NULL,
    person_id uuid NOT NULL
"""
BY_WEEK = f"""
CREATE TABLE accounts_signin ({COLUMNS}, PRIMARY KEY (id, made_at)) PARTITION BY RANGE (made_at);
CREATE INDEX sign_ins_of_a_person ON accounts_signin (person_id);
"""
WEEKS = """
-- The store's role owns no table, so these two do for it what only the owner may, and no more than that.
-- A part is made beside its table and then attached, which stops neither readers nor writers.
CREATE FUNCTION accounts_make_sign_in_week(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('week', day::timestamp)::date;
    part text := 'accounts_signin_' || to_char(first, 'YYYYMMDD');
BEGIN
    IF NOT has_table_privilege(session_user, 'accounts_signin', 'INSERT') THEN
        RAISE EXCEPTION 'sign-ins are not yours to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF to_regclass(part) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(part));
    IF to_regclass(part) IS NULL THEN
        EXECUTE format('CREATE TABLE %I (LIKE accounts_signin INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE accounts_signin ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part,
            to_char(first, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(first + 7, 'YYYY-MM-DD') || ' 00:00:00+00');
    END IF;
END $$;
CREATE FUNCTION accounts_drop_sign_in_weeks(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    IF NOT has_table_privilege(session_user, 'accounts_signin', 'DELETE') THEN
        RAISE EXCEPTION 'sign-ins are not yours to remove' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'accounts_signin'::regclass
        AND to_date(right(c.relname, 8), 'YYYYMMDD') + 7 <= before ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""
MOVE = f"""
SELECT accounts_make_sign_in_week(day) FROM
    (SELECT DISTINCT (made_at AT TIME ZONE 'UTC')::date AS day FROM accounts_signin_before) AS days;
INSERT INTO accounts_signin SELECT {", ".join(line.split()[0] for line in COLUMNS.strip().splitlines())}
    FROM accounts_signin_before;
DROP TABLE accounts_signin_before;
"""
ALL_IN_ONE = f"""
ALTER TABLE accounts_signin RENAME TO accounts_signin_by_week;
ALTER TABLE accounts_signin_by_week RENAME CONSTRAINT accounts_signin_pkey TO accounts_signin_by_week_pkey;
CREATE TABLE accounts_signin ({COLUMNS}, PRIMARY KEY (id));
CREATE INDEX accounts_signin_person_id_back ON accounts_signin (person_id);
INSERT INTO accounts_signin SELECT * FROM accounts_signin_by_week;
DROP TABLE accounts_signin_by_week;
ALTER TABLE accounts_signin ADD CONSTRAINT accounts_signin_person_id_back_fk FOREIGN KEY (person_id)
    REFERENCES accounts_person (id) DEFERRABLE INITIALLY DEFERRED;
DROP FUNCTION accounts_make_sign_in_week(date);
DROP FUNCTION accounts_drop_sign_in_weeks(date);
"""


class Migration(migrations.Migration):
    """What clause 2.8 needs of accounts."""

    dependencies: ClassVar = [("accounts", "0001_initial")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SET_ASIDE + BY_WEEK + WEEKS + MOVE, ALL_IN_ONE)],
            state_operations=[
                migrations.AlterField(
                    "signin",
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.person",
                    ),
                )
            ],
        ),
        migrations.AddField("person", "leaves_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "person",
            models.Index(
                condition=models.Q(leaves_at__isnull=False), fields=["leaves_at"], name="accounts_that_end"
            ),
        ),
        migrations.AddIndex(
            "outgoingletter", models.Index(fields=["made_at"], name="letters_by_age")
        ),
    ]
