from django.db import migrations

WHY = """
UPDATE telephony_number AS number SET suspended_for = array_append(array_remove(suspended_for, 'other'), 'abuse')
WHERE state = 'suspended' AND EXISTS (SELECT FROM support_abusesuspension AS its
    WHERE its.number = number.id AND its.ended_at IS NULL AND its.suspended_at = number.state_since)
"""


class Migration(migrations.Migration):
    """Numbers that a case of abuse suspends say so."""

    dependencies = [
        ("support", "0012_letters_of_cases_come_back"),
        ("telephony", "0016_why_a_number_is_suspended"),
    ]

    operations = [
        migrations.RunSQL(WHY, migrations.RunSQL.noop),
    ]
