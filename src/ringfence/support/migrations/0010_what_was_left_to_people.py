import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a letter asks for that is left to people, and who wrote into the conversation of another."""

    dependencies = [
        ("support", "0009_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="unheeded",
            field=models.CharField(db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="ticketentry",
            name="who",
            field=models.BinaryField(db_default=b"", default=b"", max_length=32),
        ),
        migrations.AddIndex(
            model_name="ticketentry",
            index=models.Index(
                condition=models.Q(("who", b""), _negated=True), fields=["who"], name="entries_from_elsewhere"
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("assigned", None), _negated=True),
                fields=["assigned"],
                name="tickets_assigned",
            ),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=django.contrib.postgres.indexes.GinIndex(fields=["tags"], name="tickets_by_tag"),
        ),
    ]
