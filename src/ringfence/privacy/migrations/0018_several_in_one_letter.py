from django.db import migrations, models


class Migration(migrations.Migration):
    """A letter that asks for several things is one form, and gets one answer."""

    dependencies = [
        ("privacy", "0017_two_end_a_hold"),
    ]

    operations = [
        migrations.AlterField(
            model_name="requestform",
            name="kind",
            field=models.CharField(max_length=60),
        ),
    ]
