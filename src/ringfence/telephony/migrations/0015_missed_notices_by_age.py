"""Notices of missed calls are found by their age."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('telephony', '0014_deleted_calls'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='missednotice',
            index=models.Index(condition=models.Q(('waiting', 0)), fields=['written_at'], name='missed_notices_by_age'),
        ),
    ]
