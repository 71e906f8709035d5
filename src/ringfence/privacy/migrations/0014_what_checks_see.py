from django.db import migrations, models


class Migration(migrations.Migration):
    """Letters that were given up, pages that do not come, addresses that nobody could ask, and requests by letter."""

    dependencies = [
        ("privacy", "0014_versions_in_the_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="policynotice",
            name="given_up_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pagereading",
            name="looked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="ownanswer",
            name="noted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="requestform",
            name="channel",
            field=models.CharField(db_default="form", default="form", max_length=16),
        ),
    ]
