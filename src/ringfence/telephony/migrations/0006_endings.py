"""Numbers in use are found by their last digits, read from behind."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("telephony", "0005_search")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX numbers_in_use_by_ending ON telephony_number (reverse(e164) text_pattern_ops)"
            " WHERE NOT (state IN ('available', 'retired'))",
            "DROP INDEX numbers_in_use_by_ending",
        ),
    ]
