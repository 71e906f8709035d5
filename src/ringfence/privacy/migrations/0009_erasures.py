from django.db import migrations, models

import ringfence.privacy.rules


class Migration(migrations.Migration):
    """An erasure begins with what a law keeps, and those whose keys went lately are found by an index."""

    dependencies = [
        ("privacy", "0008_copies"),
    ]

    operations = [
        migrations.AlterField(
            model_name="erasure",
            name="step",
            field=models.CharField(default=ringfence.privacy.rules.ErasureStep["HOLDS"], max_length=16),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(
                condition=models.Q(("keys_destroyed_at__isnull", False)),
                fields=["keys_destroyed_at"],
                name="erasures_by_their_keys",
            ),
        ),
    ]
