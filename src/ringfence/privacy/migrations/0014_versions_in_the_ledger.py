from django.db import migrations, models


class Migration(migrations.Migration):
    """The few lines in which a version was published are found without reading the ledger."""

    dependencies = [
        ("privacy", "0013_promises"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ledgerline",
            index=models.Index(
                condition=models.Q(("action", "privacy.publish_policy")),
                fields=["id"],
                name="lines_of_published_versions",
            ),
        ),
    ]
