"""Calls whose record was deleted before their end had come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the table."""

    dependencies = (("telephony", "0013_messages"),)

    operations = (
        migrations.CreateModel(
            name="DeletedCall",
            fields=[
                ("call_digest", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("deleted_at", models.DateTimeField(db_index=True)),
            ],
            options={"abstract": False},
        ),
    )
