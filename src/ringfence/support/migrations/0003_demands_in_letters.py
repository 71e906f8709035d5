"""What a letter to us plainly asks for stands beside it, so that the promise about it can be checked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("support", "0002_letters_by_address"),)

    operations = (
        migrations.AddField("letter", "to_us", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("letter", "demands", models.CharField(db_default="", default="", max_length=60)),
        migrations.AddIndex(
            "letter",
            models.Index(
                fields=["received_at"], condition=models.Q(to_us=True), name="letters_to_us"
            ),
        ),
    )
