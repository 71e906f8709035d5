import django.contrib.postgres.fields
from django.db import migrations, models

WHY = "UPDATE telephony_number SET suspended_for = '{other}' WHERE state = 'suspended'"


class Migration(migrations.Migration):
    """All that a number is suspended for stands on it. What is known of earlier suspensions, their rooms write."""

    dependencies = [
        ("telephony", "0015_missed_notices_by_age"),
    ]

    operations = [
        migrations.AddField(
            model_name="number",
            name="suspended_for",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), db_default=[], default=list, size=None
            ),
        ),
        migrations.RunSQL(WHY, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "suspended"), ("suspended_for__len__gt", 0))
                | models.Q(models.Q(("state", "suspended"), _negated=True), ("suspended_for__len", 0)),
                name="a_number_is_suspended_for_a_reason",
            ),
        ),
    ]
