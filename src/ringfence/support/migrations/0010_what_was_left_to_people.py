from django.db import migrations, models


class Migration(migrations.Migration):
    """What a letter asks for that is left to people."""

    dependencies = [
        ("support", "0009_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="unheeded",
            field=models.CharField(db_default="", default="", max_length=60),
        ),
    ]
