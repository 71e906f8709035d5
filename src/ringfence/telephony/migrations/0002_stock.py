"""The whole life of a number, what it is sold as, its carrier and documents; every number that is there stays."""

import django.contrib.postgres.fields
from django.db import migrations, models

SOLD_AS = "CASE type WHEN 'fixed' THEN 'geographic' WHEN 'fixed_or_mobile' THEN 'geographic'" \
    " WHEN 'voip' THEN 'national' WHEN 'company' THEN 'national' ELSE type END"
ONWARD = f"""
UPDATE telephony_number SET type = {SOLD_AS},
    state = CASE WHEN state <> 'free' THEN state
                 WHEN type IN ('premium', 'personal', 'pager', 'voicemail') THEN 'retired'
                 ELSE 'available' END,
    unused_since = CASE WHEN state = 'quarantine' THEN state_since END
"""
BACK = """
UPDATE telephony_number SET type = CASE type WHEN 'geographic' THEN 'fixed' WHEN 'national' THEN 'voip' ELSE type END,
    state = CASE WHEN state IN ('available', 'retired') THEN 'free' ELSE state END,
    monthly_minor = coalesce(monthly_minor, 0), setup_minor = coalesce(setup_minor, 0), currency = coalesce(currency, 'NOK')
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="number", name="a_number_in_service_has_a_holder_and_a_free_one_none"),
        migrations.RemoveIndex(model_name="number", name="for_sale_by_price"),
        migrations.RemoveIndex(model_name="number", name="for_sale_anywhere_by_price"),
        migrations.AddField(
            model_name="number",
            name="carrier",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddField(
            model_name="number",
            name="documents",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8), default=list, size=None
            ),
        ),
        migrations.AddField(model_name="number", name="unused_since", field=models.DateTimeField(null=True)),
        migrations.AlterField(model_name="number", name="monthly_minor", field=models.BigIntegerField(null=True)),
        migrations.AlterField(model_name="number", name="setup_minor", field=models.BigIntegerField(null=True)),
        migrations.AlterField(model_name="number", name="currency", field=models.CharField(max_length=3, null=True)),
        migrations.AlterField(
            model_name="number", name="state", field=models.CharField(default="available", max_length=12)
        ),
        migrations.RunSQL(ONWARD, BACK),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                condition=models.Q(("state", "available")),
                fields=["country", "monthly_minor", "e164"],
                name="for_sale_by_price",
            ),
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                condition=models.Q(("state", "available")),
                fields=["monthly_minor", "e164"],
                name="for_sale_anywhere_by_price",
            ),
        ),
        migrations.AddConstraint(
            model_name="number",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("holder__isnull", False), ("state__in", ["in_service", "suspended"])),
                    ("state", "held"),
                    models.Q(("holder", None), ("state__in", ["available", "quarantine", "retired"])),
                    _connector="OR",
                ),
                name="a_number_in_use_has_a_holder_and_no_other_one",
            ),
        ),
    ]
