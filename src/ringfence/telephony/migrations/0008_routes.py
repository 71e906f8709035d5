"""A number rings in steps, by opening hours: the one destination it had becomes the first step.

The table keeps its name and the column its own: a sealed value is bound to table, column and row, so that what stands
there opens as before, without a key being touched. The row of a destination was named by its number; the step takes
over that id.
"""

import django.db.models.deletion
from django.db import migrations, models

import ringfence.kernel.public_ids
import ringfence.privacy.sealed

TO_STEPS = """
ALTER TABLE telephony_destination DROP CONSTRAINT telephony_destination_pkey;
ALTER TABLE telephony_destination
    ADD COLUMN id uuid,
    ADD COLUMN plan varchar(6) NOT NULL DEFAULT 'open',
    ADD COLUMN position smallint NOT NULL DEFAULT 0 CHECK (position >= 0),
    ADD COLUMN kind varchar(8) NOT NULL DEFAULT 'sip',
    ADD COLUMN phone_id uuid,
    ADD COLUMN effective_at timestamptz,
    ADD COLUMN waits boolean NOT NULL DEFAULT false,
    ADD COLUMN replaces_id uuid UNIQUE,
    ADD COLUMN undo_digest bytea UNIQUE,
    ADD COLUMN undo_until timestamptz,
    ALTER COLUMN sip_uri DROP NOT NULL;
UPDATE telephony_destination SET id = number_id, effective_at = changed_at;
ALTER TABLE telephony_destination
    ALTER COLUMN id SET NOT NULL,
    ALTER COLUMN effective_at SET NOT NULL,
    ALTER COLUMN plan DROP DEFAULT,
    ALTER COLUMN position DROP DEFAULT,
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN waits DROP DEFAULT,
    ADD CONSTRAINT telephony_destination_pkey PRIMARY KEY (id),
    ADD CONSTRAINT telephony_destination_replaces_id_fk FOREIGN KEY (replaces_id)
        REFERENCES telephony_destination (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX telephony_destination_number_id ON telephony_destination (number_id);
"""
TO_DESTINATIONS = """
DELETE FROM telephony_destination WHERE id <> number_id OR kind <> 'sip';
DROP INDEX telephony_destination_number_id;
ALTER TABLE telephony_destination
    DROP CONSTRAINT telephony_destination_pkey CASCADE,
    DROP COLUMN replaces_id, DROP COLUMN id, DROP COLUMN plan, DROP COLUMN position, DROP COLUMN kind,
    DROP COLUMN phone_id, DROP COLUMN effective_at, DROP COLUMN waits,
    DROP COLUMN undo_digest, DROP COLUMN undo_until,
    ALTER COLUMN sip_uri SET NOT NULL,
    ADD CONSTRAINT telephony_destination_pkey PRIMARY KEY (number_id);
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0007_numbers_without_prices")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TO_STEPS, TO_DESTINATIONS)],
            state_operations=[
                migrations.DeleteModel("Destination"),
                migrations.CreateModel(
                    name="RouteStep",
                    fields=[
                        ("id", models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                        ("number", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="telephony.number")),
                        ("subject", models.UUIDField(db_index=True)),
                        ("plan", models.CharField(default="open", max_length=6)),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("kind", models.CharField(max_length=8)),
                        ("target", ringfence.privacy.sealed.SealedText(db_column="sip_uri", null=True)),
                        ("phone", models.UUIDField(db_column="phone_id", null=True)),
                        ("ring_seconds", models.PositiveSmallIntegerField()),
                        ("effective_at", models.DateTimeField()),
                        ("waits", models.BooleanField(default=False)),
                        ("replaces", models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="replacement", to="telephony.routestep")),
                        ("undo_digest", models.BinaryField(max_length=32, null=True, unique=True)),
                        ("undo_until", models.DateTimeField(null=True)),
                        ("changed_at", models.DateTimeField()),
                    ],
                    options={"db_table": "telephony_destination"},
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="routestep",
            constraint=models.CheckConstraint(condition=models.Q(("plan__in", ["open", "closed"])), name="a_step_is_of_a_plan"),
        ),
        migrations.AddIndex(
            model_name="routestep",
            index=models.Index(fields=["number", "plan", "position"], name="steps_of_a_number"),
        ),
        migrations.AddIndex(
            model_name="routestep",
            index=models.Index(condition=models.Q(("waits", True)), fields=["effective_at"], name="steps_that_wait"),
        ),
        migrations.CreateModel(
            name="NumberRouting",
            fields=[
                ("number", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="+", serialize=False, to="telephony.number")),
                ("subject", models.UUIDField(db_index=True)),
                ("stop_when_busy", models.BooleanField(default=False)),
                ("calls_at_once", models.PositiveSmallIntegerField(null=True)),
                ("hours", ringfence.privacy.sealed.SealedJSON(null=True)),
                ("computed_from", models.DateTimeField(null=True)),
                ("before", ringfence.privacy.sealed.SealedJSON(null=True)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("computed_from__isnull", False)), fields=["computed_from"], name="timetables_by_their_day")],
            },
        ),
        migrations.CreateModel(
            name="ForwardCountry",
            fields=[
                ("id", models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                ("subject", models.UUIDField(db_index=True)),
                ("country", models.CharField(max_length=2)),
                ("allowed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("subject", "country"), name="a_country_is_allowed_once")],
            },
        ),
    ]
