"""A version has a kind and may be withdrawn before it counts; letters about it; what the public pages say."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import ringfence.kernel.public_ids

KINDS = """
ALTER TABLE privacy_policyversion DISABLE TRIGGER stays;
UPDATE privacy_policyversion SET kind = CASE
    WHEN number = 1 THEN 'first version' WHEN notice_days >= 30 THEN 'material change' ELSE 'correction' END;
ALTER TABLE privacy_policyversion ENABLE TRIGGER stays;
"""

RULES = """
CREATE OR REPLACE FUNCTION policy_version_is_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.published_at := statement_timestamp();
    IF EXISTS (SELECT FROM privacy_policyversion v WHERE v.effective_at > NEW.published_at
        AND NOT EXISTS (SELECT FROM privacy_policywithdrawal w WHERE w.version_id = v.number))
    THEN
        RAISE EXCEPTION 'a version that is published counts, or is withdrawn, before the next one is published'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION policy_withdrawal_is_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.withdrawn_at := statement_timestamp();
    IF EXISTS (SELECT FROM privacy_policyversion v
        WHERE v.number = NEW.version_id AND v.effective_at <= NEW.withdrawn_at)
    THEN
        RAISE EXCEPTION 'a version that counts cannot be withdrawn' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER is_in_time BEFORE INSERT ON privacy_policywithdrawal
    FOR EACH ROW EXECUTE FUNCTION policy_withdrawal_is_in_time();
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON privacy_policywithdrawal
    FOR EACH ROW EXECUTE FUNCTION policy_version_stays();
"""

UNDO = """
DROP TRIGGER stays ON privacy_policywithdrawal;
DROP FUNCTION policy_withdrawal_is_in_time() CASCADE;
CREATE OR REPLACE FUNCTION policy_version_is_dated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.published_at := statement_timestamp();
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    """Versions that are there keep their texts and digests; only their kind is named."""

    dependencies: ClassVar = [("privacy", "0005_payment_watch")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="policyversion",
            name="kind",
            field=models.CharField(default="material change", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="policyversion",
            name="summary",
            field=models.JSONField(default=dict),
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "first version"), ("number", 1)),
                    models.Q(("kind", "material change"), ("notice_days__gte", 30), ("number__gt", 1)),
                    models.Q(("kind", "correction"), ("notice_days__gte", 1), ("number__gt", 1)),
                    _connector="OR",
                ),
                name="a_version_is_announced_as_long_as_its_kind_asks",
            ),
        ),
        migrations.CreateModel(
            name="PolicyWithdrawal",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="withdrawal",
                        serialize=False,
                        to="privacy.policyversion",
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="PolicyDraft",
            fields=[
                ("id", models.IntegerField(default=1, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("summary", models.JSONField()),
                ("digest", models.BinaryField(max_length=32)),
                ("prepared_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="there_is_one_draft_of_the_policy"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="PolicyNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ringfence.kernel.public_ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject", models.UUIDField()),
                ("what", models.CharField(max_length=16)),
                ("told_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.policyversion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "version", "what"), name="one_letter_to_each_about_a_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("what__in", ["change", "withdrawal"])),
                        name="a_letter_tells_of_a_change_or_a_withdrawal",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="PageReading",
            fields=[
                ("path", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("read_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("version", models.IntegerField(null=True)),
                ("language", models.CharField(max_length=2)),
                ("words", models.BinaryField(max_length=32, null=True)),
                ("outbound", models.IntegerField(default=0)),
                ("hosts", models.JSONField(default=list)),
                ("faults", models.JSONField(default=dict)),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(RULES, UNDO),
    ]
