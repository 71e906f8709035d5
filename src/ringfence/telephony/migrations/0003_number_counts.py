"""Counts of the stock, kept by the database whoever writes."""

import django.contrib.postgres.fields
from django.db import migrations, models

GROUP = "country, area, type, capabilities, ready_at_once, state"
ALIKE = "country, area, type, capabilities, documents = '{}' AS ready_at_once, state"
FOLLOW = f"""
CREATE FUNCTION number_counts_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO telephony_numbercount ({GROUP}, change)
            SELECT {ALIKE}, count(*) FROM incoming GROUP BY 1, 2, 3, 4, 5, 6;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO telephony_numbercount ({GROUP}, change)
            SELECT {ALIKE}, -count(*) FROM outgoing GROUP BY 1, 2, 3, 4, 5, 6;
    ELSE
        INSERT INTO telephony_numbercount ({GROUP}, change)
            SELECT {GROUP}, sum(change) FROM (
                SELECT {ALIKE}, 1 AS change FROM incoming UNION ALL SELECT {ALIKE}, -1 FROM outgoing
            ) AS changes GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(change) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counts_follow_new AFTER INSERT ON telephony_number
    REFERENCING NEW TABLE AS incoming FOR EACH STATEMENT EXECUTE FUNCTION number_counts_follow();
CREATE TRIGGER counts_follow_changed AFTER UPDATE ON telephony_number
    REFERENCING NEW TABLE AS incoming OLD TABLE AS outgoing
    FOR EACH STATEMENT EXECUTE FUNCTION number_counts_follow();
CREATE TRIGGER counts_follow_gone AFTER DELETE ON telephony_number
    REFERENCING OLD TABLE AS outgoing FOR EACH STATEMENT EXECUTE FUNCTION number_counts_follow();
INSERT INTO telephony_numbercount ({GROUP}, change)
    SELECT {ALIKE}, count(*) FROM telephony_number GROUP BY 1, 2, 3, 4, 5, 6;
"""
UNDO = """
DROP TRIGGER counts_follow_new ON telephony_number;
DROP TRIGGER counts_follow_changed ON telephony_number;
DROP TRIGGER counts_follow_gone ON telephony_number;
DROP FUNCTION number_counts_follow();
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0002_stock")]

    operations = [
        migrations.CreateModel(
            name="NumberCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(max_length=2)),
                ("area", models.CharField(blank=True, max_length=80)),
                ("type", models.CharField(max_length=16)),
                (
                    "capabilities",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), size=None),
                ),
                ("ready_at_once", models.BooleanField()),
                ("state", models.CharField(max_length=12)),
                ("change", models.BigIntegerField()),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(FOLLOW, UNDO),
    ]
