"""What people said when they were asked, in rows that are never rewritten."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import ringfence.kernel.public_ids

CHOICES = """
CREATE FUNCTION consent_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.subject IS NOT NULL AND NEW.subject IS DISTINCT FROM OLD.subject
        OR OLD.replaced_at IS NOT NULL AND NEW.replaced_at IS DISTINCT FROM OLD.replaced_at
        OR (NEW.id, NEW.visitor, NEW.purpose, NEW.state, NEW.notice_id, NEW.version_id, NEW.language, NEW.means,
            NEW.signal, NEW.decided_at, NEW.ends_at)
        IS DISTINCT FROM (OLD.id, OLD.visitor, OLD.purpose, OLD.state, OLD.notice_id, OLD.version_id, OLD.language,
            OLD.means, OLD.signal, OLD.decided_at, OLD.ends_at)
    THEN
        RAISE EXCEPTION 'what somebody chose stays as it was said'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON privacy_consentrecord
    FOR EACH ROW EXECUTE FUNCTION consent_record_stays();
CREATE FUNCTION consent_notice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was shown when somebody was asked stays as it was: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER stays BEFORE UPDATE OR DELETE ON privacy_consentnotice
    FOR EACH ROW EXECUTE FUNCTION consent_notice_stays();
"""

UNDO = """
DROP FUNCTION consent_record_stays() CASCADE;
DROP FUNCTION consent_notice_stays() CASCADE;
"""


class Migration(migrations.Migration):
    """Records of consent, and the questions they answer."""

    dependencies: ClassVar = [("privacy", "0011_backups")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ConsentNotice",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.JSONField()),
                ("first_shown_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="ConsentRecord",
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
                ("visitor", models.UUIDField()),
                ("subject", models.UUIDField(db_index=True, null=True)),
                (
                    "purpose",
                    models.CharField(
                        choices=[("statistics of visits", "statistics of visits")], max_length=64
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("given", "given"), ("refused", "refused"), ("withdrawn", "withdrawn")],
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(max_length=2)),
                (
                    "means",
                    models.CharField(
                        choices=[
                            ("the question on a page", "the question on a page"),
                            ("the page about cookies", "the page about cookies"),
                            ("the foot of a page", "the foot of a page"),
                            ("the account", "the account"),
                            ("signal of the browser", "signal of the browser"),
                        ],
                        max_length=32,
                    ),
                ),
                ("signal", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(null=True)),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.consentnotice",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.policyversion",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["ends_at"], name="consents_by_end"),
                    models.Index(
                        condition=models.Q(("replaced_at__isnull", False)),
                        fields=["replaced_at"],
                        name="consents_replaced",
                    ),
                    models.Index(fields=["visitor", "purpose", "-decided_at"], name="consents_of_a_browser"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replaced_at", None)),
                        fields=("visitor", "purpose"),
                        name="one_choice_counts_per_browser_and_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["given", "refused", "withdrawn"])),
                        name="a_choice_is_given_refused_or_withdrawn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("decided_at"))),
                        name="a_choice_ends_after_it_was_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "given"), _negated=True), ("signal", False), _connector="OR"
                        ),
                        name="no_consent_against_the_browsers_signal",
                    ),
                ],
            },
        ),
        migrations.RunSQL(CHOICES, UNDO),
    ]
