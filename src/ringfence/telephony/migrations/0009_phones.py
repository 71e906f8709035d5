"""Phones that customers register with the switch."""

import ringfence.kernel.public_ids
import ringfence.privacy.sealed
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("telephony", "0008_routes")]

    operations = [
        migrations.CreateModel(
            name="Phone",
            fields=[
                ("id", models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                ("subject", models.UUIDField(db_index=True)),
                ("name", ringfence.privacy.sealed.SealedText(editable=False)),
                ("username", models.CharField(max_length=12, unique=True)),
                ("realm", models.CharField(max_length=255)),
                ("ha1", ringfence.privacy.sealed.SealedText(editable=False)),
                ("version", models.BigIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
    ]
