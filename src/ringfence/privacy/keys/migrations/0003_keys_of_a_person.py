from django.db import migrations, models


class Migration(migrations.Migration):
    """A person's keys are found by an index, the destroyed ones too: the index of the living is of no use to that."""

    dependencies = [
        ("keys", "0002_people_erased_lately"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="datakey",
            index=models.Index(fields=["subject", "retention_class"], name="keys_of_a_person"),
        ),
    ]
