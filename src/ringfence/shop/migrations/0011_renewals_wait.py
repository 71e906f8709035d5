from django.db import migrations, models

WHY = """
UPDATE telephony_number AS number SET suspended_for = array_append(
    CASE WHEN renewal.state_since = number.state_since THEN array_remove(suspended_for, 'other') ELSE suspended_for END,
    'unpaid')
FROM shop_order AS sold JOIN shop_subscription AS its ON its.order_id = sold.id
JOIN shop_renewal AS renewal ON renewal.subscription_id = its.id
WHERE number.state = 'suspended' AND sold.number = number.id AND sold.subject = number.holder
    AND renewal.state = 'suspended' AND renewal.suspended_number
"""


class Migration(migrations.Migration):
    """Numbers that are not paid for say so; renewals of an account that is about to be closed wait."""

    dependencies = [
        ("shop", "0010_callers_are_people"),
        ("telephony", "0016_why_a_number_is_suspended"),
    ]

    operations = [
        migrations.AddField(
            model_name="renewal",
            name="waits_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(WHY, migrations.RunSQL.noop),
    ]
