"""Entries in the books become invoices and credit notes; those that are there keep their numbers."""

from datetime import UTC, datetime

from django.db import migrations, models

import ringfence.privacy.sealed

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TERMS = [("month", "month"), ("year", "year")]
RULES = [
    ("sellers_country", "sellers_country"),
    ("buyers_country", "buyers_country"),
    ("reverse_charge", "reverse_charge"),
    ("outside_eea", "outside_eea"),
]
EEA = (
    "'AT','BE','BG','CY','CZ','DE','DK','EE','ES','FI','FR','GR','HR','HU','IE','IS','IT','LI','LT','LU','LV','MT',"
    "'NL','PL','PT','RO','SE','SI','SK'"
)
FILL = f"""
UPDATE shop_bookentry SET
    period_from = booked_at, period_to = booked_at + interval '1 month', period_minor = net_minor,
    vat_rule = CASE WHEN buyer_country = 'NO' THEN 'sellers_country' WHEN vat_rate > 0 THEN 'buyers_country'
                    WHEN buyer_country IN ({EEA}) THEN 'reverse_charge' ELSE 'outside_eea' END;
UPDATE shop_bookentry AS credit SET credits = sale.serial, period_from = sale.period_from, period_to = sale.period_to
FROM shop_bookentry AS sale
WHERE credit.kind = 'credit' AND sale.kind = 'sale' AND sale."order" = credit."order";
INSERT INTO shop_bookseries (id, last) SELECT 1, coalesce(max(serial), 0) FROM shop_bookentry;
"""


def added(name, field, keep=False):
    """Add a field to the entries; rows that are there get its default, which is not kept."""
    return migrations.AddField("bookentry", name, field, preserve_default=keep)


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_prices")]

    operations = [
        migrations.CreateModel(
            name="BookSeries",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="there_is_one_series")]
            },
        ),
        migrations.RemoveConstraint("bookentry", "an_order_is_sold_once_and_credited_once"),
        added("buyer_address", ringfence.privacy.sealed.SealedText(null=True), keep=True),
        added("buyer_vat_number", ringfence.privacy.sealed.SealedText(null=True), keep=True),
        added("number_country", models.CharField(blank=True, max_length=2, default="")),
        added("number_type", models.CharField(blank=True, max_length=16, default="")),
        added("term", models.CharField(choices=TERMS, default="month", max_length=5), keep=True),
        added("period_from", models.DateTimeField(default=BEGINNING)),
        added("period_to", models.DateTimeField(default=BEGINNING)),
        added("period_minor", models.BigIntegerField(default=0)),
        added("setup_minor", models.BigIntegerField(default=0)),
        added("vat_rule", models.CharField(choices=RULES, max_length=16, default="outside_eea")),
        added("credits", models.BigIntegerField(null=True, unique=True), keep=True),
        added("language", models.CharField(blank=True, max_length=2, default="")),
        added("seller", models.JSONField(default=dict), keep=True),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "bookentry",
            models.UniqueConstraint(
                condition=models.Q(("kind", "sale")),
                fields=("order", "period_from"),
                name="a_period_is_invoiced_once",
            ),
        ),
        migrations.AddConstraint(
            "bookentry",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("credits", None), ("kind", "sale")),
                    models.Q(("credits__isnull", False), ("kind", "credit")),
                    _connector="OR",
                ),
                name="a_credit_note_names_its_invoice",
            ),
        ),
    ]
