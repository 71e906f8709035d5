"""Requests: refusals that are told, links and forms on their way in, uses that were stopped, fees."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import ringfence.kernel.public_ids
import ringfence.privacy.sealed
from ringfence.privacy.rules import Ground, RequestKind, RequestState

STATES = [(state, state) for state in RequestState]

CLOCK = """
CREATE OR REPLACE FUNCTION request_clock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.received_at IS DISTINCT FROM OLD.received_at
        OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.channel IS DISTINCT FROM OLD.channel
        OR OLD.carried_out_at IS NOT NULL AND NEW.carried_out_at IS DISTINCT FROM OLD.carried_out_at
        OR OLD.notice_sent_at IS NOT NULL AND NEW.notice_sent_at IS DISTINCT FROM OLD.notice_sent_at
        OR OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at
        OR NEW.warned_day < OLD.warned_day
        OR OLD.state IN ('closed', 'refused', 'withdrawn') AND NEW.state IS DISTINCT FROM OLD.state
        OR NEW.subject IS DISTINCT FROM OLD.subject AND NEW.subject IS NOT NULL
    THEN
        RAISE EXCEPTION 'what a request asks, and its clock, stay as they are'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION open_request_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('received', 'confirming identity', 'approved') THEN
        RAISE EXCEPTION 'an open request is answered, not removed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER open_stays BEFORE DELETE ON privacy_subjectrequest
    FOR EACH ROW EXECUTE FUNCTION open_request_stays();
"""

UNDO = """
DROP FUNCTION open_request_stays() CASCADE;
CREATE OR REPLACE FUNCTION request_clock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.received_at IS DISTINCT FROM OLD.received_at
        OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.channel IS DISTINCT FROM OLD.channel
        OR OLD.carried_out_at IS NOT NULL AND NEW.carried_out_at IS DISTINCT FROM OLD.carried_out_at
        OR NEW.subject IS DISTINCT FROM OLD.subject AND NEW.subject IS NOT NULL
    THEN
        RAISE EXCEPTION 'what a request asks, and its clock, stay as they are'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""

PRIMARY_KEY = {
    "default": ringfence.kernel.public_ids.new_id,
    "editable": False,
    "primary_key": True,
    "serialize": False,
}


class Migration(migrations.Migration):
    """Everything about requests that the first draft of them lacked; rows that exist go on as they are."""

    dependencies: ClassVar = [("privacy", "0006_policy")]

    operations: ClassVar = [
        migrations.AddField(
            "subjectrequest", "asked", ringfence.privacy.sealed.SealedText(editable=False, null=True)
        ),
        migrations.AddField("subjectrequest", "repeats", models.PositiveIntegerField(default=0)),
        migrations.AddField("subjectrequest", "confirmed_by", models.CharField(default="", max_length=12)),
        migrations.AddField("subjectrequest", "warned_day", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("subjectrequest", "refusal_article", models.CharField(default="", max_length=12)),
        migrations.AddField(
            "subjectrequest", "refusal_reason", ringfence.privacy.sealed.SealedText(editable=False, null=True)
        ),
        migrations.AddField("subjectrequest", "notice", models.UUIDField(null=True)),
        migrations.AddField("subjectrequest", "notice_sent_at", models.DateTimeField(null=True)),
        migrations.AlterField("subjectrequest", "state", models.CharField(choices=STATES, max_length=24)),
        migrations.RemoveConstraint("subjectrequest", "a_request_is_in_a_known_state"),
        migrations.AddConstraint(
            "subjectrequest",
            models.CheckConstraint(
                condition=models.Q(state__in=[*RequestState]), name="a_request_is_in_a_known_state"
            ),
        ),
        migrations.AddConstraint(
            "subjectrequest",
            models.CheckConstraint(
                condition=~models.Q(state=RequestState.REFUSED)
                | models.Q(refusal_article__in=[*Ground], notice_sent_at__isnull=False)
                & (models.Q(refusal_reason__isnull=False) | models.Q(subject=None)),
                name="a_refusal_has_an_article_a_reason_and_a_sent_notice",
            ),
        ),
        migrations.AddConstraint(
            "subjectrequest",
            models.CheckConstraint(
                condition=~models.Q(state__in=["closed", "refused", "withdrawn"])
                | models.Q(closed_at__isnull=False),
                name="a_request_that_ended_says_when",
            ),
        ),
        migrations.AddIndex(
            "subjectrequest",
            models.Index(
                condition=models.Q(closed_at=None),
                fields=["warned_day", "received_at"],
                name="requests_not_ended",
            ),
        ),
        migrations.CreateModel(
            name="RequestForm",
            fields=[
                ("id", models.UUIDField(**PRIMARY_KEY)),
                ("subject", models.UUIDField(unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("language", models.CharField(max_length=2)),
                ("asked_at", models.DateTimeField()),
                ("email", ringfence.privacy.sealed.SealedText(editable=False)),
                ("asked", ringfence.privacy.sealed.SealedText(editable=False, null=True)),
            ],
            options={"indexes": [models.Index(fields=["asked_at"], name="request_forms_by_time")]},
        ),
        migrations.CreateModel(
            name="RequestLink",
            fields=[
                ("id", models.UUIDField(**PRIMARY_KEY)),
                ("subject", models.UUIDField(db_index=True)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="privacy.subjectrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(expires_at__gt=models.F("made_at")),
                        name="a_request_link_holds_for_a_while",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="StoppedUse",
            fields=[
                ("id", models.UUIDField(**PRIMARY_KEY)),
                ("subject", models.UUIDField()),
                ("kind", models.CharField(max_length=16)),
                ("since", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(kind__in=[RequestKind.RESTRICT, RequestKind.OBJECT]),
                        name="a_use_is_restricted_or_objected_to",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(lifted_at=None),
                        fields=("subject", "kind"),
                        name="a_use_is_stopped_once",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CopyFee",
            fields=[
                ("id", models.UUIDField(**PRIMARY_KEY)),
                ("subject", models.UUIDField(db_index=True)),
                ("minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("under_gdpr", models.BooleanField()),
                ("earlier_copies", models.PositiveIntegerField()),
                ("announced_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("owed_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fee",
                        to="privacy.subjectrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(minor__gt=0), name="a_fee_is_more_than_nothing"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(under_gdpr=False) | models.Q(earlier_copies__gt=0),
                        name="a_first_copy_is_free_under_the_gdpr",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accepted_at=None)
                        | models.Q(accepted_at__gte=models.F("announced_at")),
                        name="a_fee_is_announced_before_it_is_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(owed_at=None)
                        | models.Q(accepted_at__isnull=False, accepted_at__lte=models.F("owed_at")),
                        name="a_fee_is_accepted_before_it_is_owed",
                    ),
                ]
            },
        ),
        migrations.RunSQL(CLOCK, UNDO),
    ]
