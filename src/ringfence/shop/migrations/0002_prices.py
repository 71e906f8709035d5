"""The price list, and the term of orders and subscriptions.

Prices used to stand beside each number. What most numbers of a country and type cost in a currency becomes their price
in the list, so that a running store goes on selling; what is already ordered keeps its price, by the month.
"""

from django.db import migrations, models

import ringfence.kernel.public_ids
import ringfence.privacy.sealed

SOLD_AS = """CASE number.type
    WHEN 'fixed' THEN 'geographic' WHEN 'fixed_or_mobile' THEN 'geographic'
    WHEN 'voip' THEN 'national' WHEN 'company' THEN 'national'
    ELSE number.type END"""
TAKE_OVER = f"""
INSERT INTO shop_price (id, country, type, currency, monthly_minor, setup_minor, since)
SELECT DISTINCT ON (country, sold, currency) gen_random_uuid(), country, sold, currency, monthly_minor, setup_minor, now()
FROM (
    SELECT country, {SOLD_AS} AS sold, currency, monthly_minor, setup_minor, count(*) AS numbers
    FROM telephony_number AS number
    WHERE monthly_minor > 0 AND setup_minor >= 0 AND currency IN ('NOK', 'EUR', 'USD')
    GROUP BY 1, 2, 3, 4, 5
) AS before
WHERE sold IN ('geographic', 'national', 'mobile', 'toll_free', 'shared_cost')
ORDER BY country, sold, currency, numbers DESC, monthly_minor
"""
TYPE_OF_ORDERS = f"""
UPDATE shop_order SET number_type = {SOLD_AS} FROM telephony_number AS number WHERE number.id = shop_order.number
"""


def take_over(apps, schema_editor):
    """Take the prices over from the numbers, where they still stand there."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema()"
            " AND table_name = 'telephony_number' AND column_name IN ('monthly_minor', 'setup_minor', 'currency')"
        )
        if cursor.fetchone()[0] == 3:
            cursor.execute(TAKE_OVER)
        cursor.execute(TYPE_OF_ORDERS)
        cursor.execute("UPDATE shop_order SET period_minor = monthly_minor")
        cursor.execute("UPDATE shop_subscription SET period_minor = monthly_minor")


class Migration(migrations.Migration):
    dependencies = [
        ("shop", "0001_initial"),
        ("telephony", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Price",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ringfence.kernel.public_ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("geographic", "geographic"),
                            ("national", "national"),
                            ("mobile", "mobile"),
                            ("toll_free", "toll_free"),
                            ("shared_cost", "shared_cost"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        choices=[("NOK", "NOK"), ("EUR", "EUR"), ("USD", "USD")], max_length=3
                    ),
                ),
                ("monthly_minor", models.BigIntegerField()),
                ("setup_minor", models.BigIntegerField()),
                ("since", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "type", "currency"),
                        name="one_price_for_a_country_type_and_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("currency__in", ("NOK", "EUR", "USD")),
                            ("monthly_minor__gt", 0),
                            ("setup_minor__gte", 0),
                        ),
                        name="a_price_is_above_zero_in_a_currency_we_sell_in",
                    ),
                ],
            },
        ),
        migrations.AddField("order", "number_type", models.CharField(blank=True, max_length=16, default=""), False),
        migrations.AddField(
            "order",
            "term",
            models.CharField(choices=[("month", "month"), ("year", "year")], default="month", max_length=5),
        ),
        migrations.AddField("order", "period_minor", models.BigIntegerField(default=0), False),
        migrations.AddField("order", "vat_number", ringfence.privacy.sealed.SealedText(null=True)),
        migrations.AddField(
            "subscription",
            "term",
            models.CharField(choices=[("month", "month"), ("year", "year")], default="month", max_length=5),
        ),
        migrations.AddField("subscription", "period_minor", models.BigIntegerField(default=0), False),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
