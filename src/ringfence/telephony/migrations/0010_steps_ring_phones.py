"""A step names the registered phone it rings."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("telephony", "0009_phones")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE telephony_destination ADD CONSTRAINT telephony_destination_phone_id_fk"
                    " FOREIGN KEY (phone_id) REFERENCES telephony_phone (id) DEFERRABLE INITIALLY DEFERRED;"
                    "CREATE INDEX telephony_destination_phone_id ON telephony_destination (phone_id);",
                    "DROP INDEX telephony_destination_phone_id;"
                    "ALTER TABLE telephony_destination DROP CONSTRAINT telephony_destination_phone_id_fk;",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="routestep",
                    name="phone",
                    field=models.ForeignKey(db_column="phone_id", null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="telephony.phone"),
                ),
            ],
        ),
    ]
