"""A letter is stored first and looked at afterwards: what it is, what it answers, and whether that has been done."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("support", "0003_demands_in_letters"),)

    operations = (
        migrations.AddField(
            "letter", "kind", models.CharField(db_default="person", default="person", max_length=8)
        ),
        migrations.AddField(
            "letter", "names_itself", models.BinaryField(db_default=b"", default=b"", max_length=32)
        ),
        migrations.AddField(
            "letter",
            "answers",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.BinaryField(max_length=32), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField("letter", "sorted_at", models.DateTimeField(null=True)),
        migrations.RunSQL("UPDATE support_letter SET sorted_at = received_at", ""),
        migrations.AddIndex(
            "letter",
            models.Index(
                condition=models.Q(("sorted_at", None)), fields=["received_at"], name="letters_not_sorted"
            ),
        ),
    )
