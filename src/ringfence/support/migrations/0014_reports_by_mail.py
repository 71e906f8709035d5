from django.db import migrations, models


class Migration(migrations.Migration):
    """A report can come as a letter, which is kept with it."""

    dependencies = [
        ("support", "0013_cases_say_why_numbers_are_suspended"),
    ]

    operations = [
        migrations.AddField(
            model_name="abusepicture",
            name="letter",
            field=models.UUIDField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="abusepicture",
            name="scan",
            field=models.CharField(db_default="", default="", max_length=10),
        ),
        migrations.AddField(
            model_name="abusereport",
            name="letter",
            field=models.UUIDField(db_index=True, null=True),
        ),
    ]
