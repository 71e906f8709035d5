from django.db import migrations, models


class Migration(migrations.Migration):
    """What people who read a letter found to be missed, or wrongly found in it."""

    dependencies = [
        ("support", "0006_tickets"),
    ]

    operations = [
        migrations.AddField(
            model_name="letter",
            name="missed",
            field=models.CharField(db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="letter",
            name="wrong",
            field=models.CharField(db_default="", default="", max_length=60),
        ),
    ]
