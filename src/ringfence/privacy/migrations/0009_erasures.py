import django.db.models.deletion
from django.db import migrations, models

import ringfence.privacy.rules


class Migration(migrations.Migration):
    """What a legal hold keeps back of a deletion, and the deletion that follows when the hold has ended."""

    dependencies = [
        ("privacy", "0005_payment_watch"),
    ]

    operations = [
        migrations.AddField(
            model_name="erasure",
            name="held",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="erasure",
            name="follows",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="followed_by",
                to="privacy.erasure",
            ),
        ),
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
