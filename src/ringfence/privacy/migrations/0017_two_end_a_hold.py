from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """A hold ends before its time by two people; those that one person ended before are left as they are."""

    dependencies = [
        ("privacy", "0016_restores"),
    ]

    operations = [
        migrations.AddField(
            model_name="legalhold",
            name="end_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="end_asked_by",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="legalhold",
            name="ended_by",
            field=models.BinaryField(max_length=32, null=True),
        ),
        AddConstraintNotValid(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "ended"), _negated=True),
                    ("article", "GDPR 18(2)"),
                    ("ended_at__gte", models.F("until")),
                    models.Q(
                        ("end_asked_by__isnull", False),
                        ("ended_by__isnull", False),
                        models.Q(("ended_by", models.F("end_asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_hold_ended_early_was_ended_by_two",
            ),
        ),
    ]
