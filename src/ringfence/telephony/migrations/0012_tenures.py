"""Who has a number now: since its state began, or since the first call of this customer. Calls go on meanwhile."""

from django.db import migrations

HAVE_NOW = """
INSERT INTO telephony_tenure (id, number, subject, began_at)
SELECT gen_random_uuid(), held.id, held.holder, least(held.state_since, called.first)
FROM telephony_number AS held
LEFT JOIN (
    SELECT number, subject, min(started_at) AS first FROM telephony_callrecord GROUP BY number, subject
) AS called ON called.number = held.id AND called.subject = held.holder
WHERE held.state IN ('in_service', 'suspended')
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0012_calls")]

    operations = [migrations.RunSQL(HAVE_NOW, migrations.RunSQL.noop)]
