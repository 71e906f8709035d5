"""Letters are found by keyed digests of their addresses; our own in a rehearsal store are told apart."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("support", "0001_initial"),)

    operations = (
        migrations.AddField(
            "letter",
            "addresses",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BinaryField(max_length=32), default=list, size=None
            ),
        ),
        migrations.AddField("letter", "own", models.BooleanField(default=False)),
        migrations.AddIndex(
            "letter", django.contrib.postgres.indexes.GinIndex(fields=["addresses"], name="letters_by_address")
        ),
    )
