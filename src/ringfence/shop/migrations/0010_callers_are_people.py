from django.db import migrations, models

WHOSE = """
UPDATE shop_callercheck AS caller SET subject = sold.subject
FROM shop_order AS sold WHERE sold.id = caller.order_id
"""


class Migration(migrations.Migration):
    """A caller is checked as a person, by a code or by calling them back; and requests are filed for them too."""

    dependencies = [
        ("shop", "0009_orders_by_their_window"),
    ]

    operations = [
        migrations.AddField(
            model_name="callercheck",
            name="subject",
            field=models.UUIDField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="callercheck",
            name="way",
            field=models.CharField(db_default="code", default="code", max_length=8),
        ),
        migrations.AddField(
            model_name="callercheck",
            name="request",
            field=models.UUIDField(db_index=True, null=True),
        ),
        migrations.RunSQL(WHOSE, migrations.RunSQL.noop),
        migrations.RemoveConstraint(
            model_name="callercheck",
            name="a_confirmed_caller_has_an_order",
        ),
        migrations.AddConstraint(
            model_name="callercheck",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_at", None),
                    ("order__isnull", False),
                    ("subject__isnull", False),
                    _connector="OR",
                ),
                name="a_confirmed_caller_is_somebody",
            ),
        ),
    ]
