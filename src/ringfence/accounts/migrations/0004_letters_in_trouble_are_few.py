"""Letters in trouble, and addresses that take none, are counted without reading all the others."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = (
        ("accounts", "0003_letters_that_come_back"),
    )

    operations = (
        migrations.AddIndex(
            model_name="outgoingletter",
            index=models.Index(
                condition=models.Q(("attempts__gte", 3), ("state", "waiting")),
                fields=["made_at"],
                name="letters_not_taken",
            ),
        ),
        migrations.AddIndex(
            model_name="outgoingletter",
            index=models.Index(
                condition=models.Q(("unwanted_at__isnull", False)), fields=["kind"], name="letters_unwanted"
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("unreachable_at__isnull", False)),
                fields=["unreachable_at"],
                name="accounts_not_reached",
            ),
        ),
    )
