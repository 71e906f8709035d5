"""What came with a letter, what is known of viruses in it, and what our mail server found of its sender."""

from django.db import migrations, models

import ringfence.privacy.sealed


class Migration(migrations.Migration):
    dependencies = (("support", "0004_letters_are_sorted"),)

    operations = (
        migrations.AddField("letter", "verdicts", models.CharField(db_default="", default="", max_length=60)),
        migrations.AddField("letter", "scan", models.CharField(db_default="", default="", max_length=10)),
        migrations.AddField(
            "letter", "attached", ringfence.privacy.sealed.SealedJSON(editable=False, null=True)
        ),
        migrations.AddIndex(
            "letter",
            models.Index(
                condition=models.Q(("scan", "waiting")), fields=["received_at"], name="letters_not_scanned"
            ),
        ),
    )
