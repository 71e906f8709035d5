"""Text messages: what came in, by day; where it is sent on to, and how that went."""

import django.db.models.deletion
from django.db import migrations, models

import ringfence.kernel.public_ids
import ringfence.privacy.sealed

TABLES = """
CREATE TABLE telephony_message (
    id uuid NOT NULL,
    subject uuid NOT NULL,
    number uuid NOT NULL,
    sender bytea NOT NULL,
    text bytea NOT NULL,
    pieces bytea,
    received_at timestamptz NOT NULL,
    sent_at timestamptz,
    read_at timestamptz,
    carrier varchar(16) NOT NULL,
    digest bytea NOT NULL,
    whole bytea,
    parts smallint NOT NULL CHECK (parts >= 0),
    media smallint NOT NULL CHECK (media >= 0),
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX messages_by_time ON telephony_message (subject, received_at DESC, id DESC);
CREATE INDEX messages_not_read ON telephony_message (subject) WHERE read_at IS NULL;
CREATE INDEX messages_in_parts ON telephony_message (whole) WHERE whole IS NOT NULL;
CREATE TABLE telephony_messagedelivery (
    id uuid NOT NULL,
    subject uuid NOT NULL,
    number uuid NOT NULL,
    message uuid,
    received_at timestamptz NOT NULL,
    way varchar(8) NOT NULL,
    state varchar(12) NOT NULL,
    state_since timestamptz NOT NULL,
    next_at timestamptz,
    letter uuid,
    tries jsonb NOT NULL,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
CREATE INDEX deliveries_waiting ON telephony_messagedelivery (next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_of_a_number ON telephony_messagedelivery (number, received_at DESC, id DESC);
CREATE INDEX deliveries_of_a_message ON telephony_messagedelivery (message);
"""

DAYS = """
CREATE FUNCTION telephony_make_message_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    part text;
BEGIN
    IF NOT has_table_privilege(session_user, 'telephony_message', 'INSERT') THEN
        RAISE EXCEPTION 'messages are not yours to keep' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH parent IN ARRAY ARRAY['telephony_message', 'telephony_messagedelivery'] LOOP
        part := parent || '_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        PERFORM pg_advisory_xact_lock(hashtext(part));
        CONTINUE WHEN to_regclass(part) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part,
            to_char(day, 'YYYY-MM-DD') || ' 00:00:00+00', to_char(day + 1, 'YYYY-MM-DD') || ' 00:00:00+00');
    END LOOP;
END $$;
CREATE FUNCTION telephony_drop_message_days(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '3s' AS $$
DECLARE
    part text;
    dropped integer := 0;
BEGIN
    IF NOT has_table_privilege(session_user, 'telephony_message', 'DELETE') THEN
        RAISE EXCEPTION 'messages are not yours to remove' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR part IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('telephony_message'::regclass, 'telephony_messagedelivery'::regclass)
        AND right(c.relname, 8) < to_char(before, 'YYYYMMDD') ORDER BY right(c.relname, 8), c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
"""
"""The role of the running store may not alter tables; it may call these two, which do this and nothing else.

A part is made beside its table and then attached, which stops neither readers nor writers.
"""

UNDO = """
DROP FUNCTION telephony_make_message_day(date);
DROP FUNCTION telephony_drop_message_days(date);
DROP TABLE telephony_message;
DROP TABLE telephony_messagedelivery;
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0012_tenures")]

    operations = [
        migrations.CreateModel(
            name="MessageForwarding",
            fields=[
                ("number", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="telephony.number")),
                ("subject", models.UUIDField(db_index=True)),
                ("by_letter", models.BooleanField(default=False)),
                ("url", ringfence.privacy.sealed.SealedText(null=True)),
                ("secret", ringfence.privacy.sealed.SealedText(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MessageSeen",
            fields=[
                ("digest", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MessageCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("carrier", models.CharField(max_length=16)),
                ("what", models.CharField(max_length=16)),
                ("count", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("carrier", "what"), name="a_count_of_messages_is_there_once")],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES + DAYS, UNDO)],
            state_operations=[
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        ("id", models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                        ("subject", models.UUIDField()),
                        ("number", models.UUIDField()),
                        ("sender", ringfence.privacy.sealed.SealedText()),
                        ("text", ringfence.privacy.sealed.SealedBytes()),
                        ("pieces", ringfence.privacy.sealed.SealedJSON(null=True)),
                        ("received_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(null=True)),
                        ("read_at", models.DateTimeField(null=True)),
                        ("carrier", models.CharField(max_length=16)),
                        ("digest", models.BinaryField(max_length=32)),
                        ("whole", models.BinaryField(max_length=32, null=True)),
                        ("parts", models.PositiveSmallIntegerField(default=1)),
                        ("media", models.PositiveSmallIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["subject", "-received_at", "-id"], name="messages_by_time"), models.Index(condition=models.Q(("read_at__isnull", True)), fields=["subject"], name="messages_not_read"), models.Index(condition=models.Q(("whole__isnull", False)), fields=["whole"], name="messages_in_parts")],
                    },
                ),
                migrations.CreateModel(
                    name="MessageDelivery",
                    fields=[
                        ("id", models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                        ("subject", models.UUIDField()),
                        ("number", models.UUIDField()),
                        ("message", models.UUIDField(null=True)),
                        ("received_at", models.DateTimeField()),
                        ("way", models.CharField(max_length=8)),
                        ("state", models.CharField(default="waiting", max_length=12)),
                        ("state_since", models.DateTimeField()),
                        ("next_at", models.DateTimeField(null=True)),
                        ("letter", models.UUIDField(null=True)),
                        ("tries", models.JSONField(default=list)),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="deliveries_waiting"), models.Index(fields=["number", "-received_at", "-id"], name="deliveries_of_a_number"), models.Index(fields=["message"], name="deliveries_of_a_message")],
                    },
                ),
            ],
        ),
    ]
