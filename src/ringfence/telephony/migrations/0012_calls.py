"""Call records by day: a day is let go of whole, and costs nothing then (ADR 0018). Who had a number, and when."""

from django.db import migrations, models

import ringfence.kernel.public_ids

SET_ASIDE = """
DROP INDEX calls_of_a_customer_by_time;
ALTER TABLE telephony_callrecord RENAME TO telephony_callrecord_before;
ALTER TABLE telephony_callrecord_before DROP CONSTRAINT telephony_callrecord_pkey;
ALTER TABLE telephony_callrecord_before DROP CONSTRAINT telephony_callrecord_call_digest_key;
"""
COLUMNS = """
    id uuid NOT NULL,
    call_digest bytea NOT NULL,
    subject uuid NOT NULL,
    number uuid NOT NULL,
    caller bytea,
    called bytea NOT NULL,
    started_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome varchar(12) NOT NULL,
    node varchar(40) NOT NULL
"""
BY_DAY = f"""
CREATE TABLE telephony_callrecord ({COLUMNS},
    caller_digest bytea,
    step smallint,
    code smallint,
    PRIMARY KEY (id, started_at),
    CONSTRAINT a_call_is_stored_once UNIQUE (call_digest, started_at)
) PARTITION BY RANGE (started_at);
"""
DAYS = """
-- The store's role owns no table, so these two do for it what only the owner may, and no more than that.
-- A day is made beside the table and then attached, which stops nobody who reads or writes other days.
CREATE FUNCTION make_call_days(first date, last date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    day date := first;
    part text;
    made integer := 0;
BEGIN
    IF NOT has_table_privilege(session_user, 'telephony_callrecord', 'INSERT') THEN
        RAISE EXCEPTION 'call records are not yours to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WHILE day <= last LOOP
        part := 'telephony_callrecord_' || to_char(day, 'YYYYMMDD');
        IF to_regclass(part) IS NULL THEN
            LOCK TABLE ONLY telephony_callrecord IN SHARE UPDATE EXCLUSIVE MODE;
            IF to_regclass(part) IS NULL THEN
                EXECUTE format('CREATE TABLE %I (LIKE telephony_callrecord INCLUDING DEFAULTS)', part);
                EXECUTE format('ALTER TABLE telephony_callrecord ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                    part, day || ' 00:00:00+00', (day + 1) || ' 00:00:00+00');
                made := made + 1;
            END IF;
        END IF;
        day := day + 1;
    END LOOP;
    RETURN made;
END $$;
CREATE FUNCTION drop_call_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
BEGIN
    IF NOT has_table_privilege(session_user, 'telephony_callrecord', 'DELETE') THEN
        RAISE EXCEPTION 'call records are not yours to remove' USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', 'telephony_callrecord_' || to_char(day, 'YYYYMMDD'));
END $$;
"""
MOVE = """
SELECT make_call_days(day, day) FROM
    (SELECT DISTINCT (started_at AT TIME ZONE 'UTC')::date AS day FROM telephony_callrecord_before) AS days;
SELECT make_call_days((now() AT TIME ZONE 'UTC')::date - 1, (now() AT TIME ZONE 'UTC')::date + 7);
INSERT INTO telephony_callrecord SELECT id, call_digest, subject, number, caller, called, started_at, answered_at,
    ended_at, outcome, node FROM telephony_callrecord_before;
DROP TABLE telephony_callrecord_before;
"""
# After the rows are in: each day's is then made in one go.
INDEXES = """
CREATE INDEX calls_of_a_customer_by_time ON telephony_callrecord (subject, started_at DESC, id);
CREATE INDEX calls_of_a_number_by_time ON telephony_callrecord (number, started_at DESC);
CREATE INDEX calls_without_digest ON telephony_callrecord (id) WHERE caller IS NOT NULL AND caller_digest IS NULL;
CREATE INDEX calls_in_progress ON telephony_callrecord (node, started_at) WHERE outcome = 'in_progress';
"""
ALL_IN_ONE = f"""
ALTER TABLE telephony_callrecord RENAME TO telephony_callrecord_by_day;
DROP INDEX calls_of_a_customer_by_time;
ALTER TABLE telephony_callrecord_by_day DROP CONSTRAINT telephony_callrecord_pkey;
CREATE TABLE telephony_callrecord ({COLUMNS}, PRIMARY KEY (id), UNIQUE (call_digest));
CREATE INDEX calls_of_a_customer_by_time ON telephony_callrecord (subject, started_at DESC, id);
INSERT INTO telephony_callrecord SELECT id, call_digest, subject, number, caller, called, started_at, answered_at,
    ended_at, outcome, node FROM telephony_callrecord_by_day;
DROP TABLE telephony_callrecord_by_day;
DROP FUNCTION make_call_days(date, date);
DROP FUNCTION drop_call_day(date);
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0011_nodes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(SET_ASIDE + BY_DAY + DAYS + MOVE + INDEXES, ALL_IN_ONE)],
            state_operations=[
                migrations.AlterField("callrecord", "call_digest", models.BinaryField(max_length=32)),
                migrations.AddField("callrecord", "caller_digest", models.BinaryField(max_length=12, null=True)),
                migrations.AddField("callrecord", "step", models.SmallIntegerField(null=True)),
                migrations.AddField("callrecord", "code", models.SmallIntegerField(null=True)),
                migrations.AddConstraint(
                    "callrecord",
                    models.UniqueConstraint(fields=["call_digest", "started_at"], name="a_call_is_stored_once"),
                ),
                migrations.AddIndex(
                    "callrecord",
                    models.Index(fields=["number", "-started_at"], name="calls_of_a_number_by_time"),
                ),
                migrations.AddIndex(
                    "callrecord",
                    models.Index(
                        condition=models.Q(outcome="in_progress"),
                        fields=["node", "started_at"],
                        name="calls_in_progress",
                    ),
                ),
                migrations.AddIndex(
                    "callrecord",
                    models.Index(
                        condition=models.Q(caller__isnull=False, caller_digest=None),
                        fields=["id"],
                        name="calls_without_digest",
                    ),
                ),
            ],
        ),
        migrations.AddField("spooloffset", "node", models.CharField(blank=True, default="", max_length=40)),
        migrations.CreateModel(
            name="Tenure",
            fields=[
                (
                    "id",
                    models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False),
                ),
                ("number", models.UUIDField()),
                ("subject", models.UUIDField(db_index=True)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["number", "began_at"], name="tenures_of_a_number")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(ended_at=None),
                        fields=("number",),
                        name="a_number_has_one_customer_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MissedNotice",
            fields=[
                ("subject", models.UUIDField(primary_key=True, serialize=False)),
                ("written_at", models.DateTimeField()),
                ("waiting", models.PositiveIntegerField(default=0)),
                ("waiting_since", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(waiting__gt=0), fields=["written_at"], name="missed_calls_to_write_of"
                    )
                ]
            },
        ),
    ]
