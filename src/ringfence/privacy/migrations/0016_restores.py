"""Whether old data was brought back lately is found at once, however long the ledger is."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0013_promises'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ledgerline',
            index=models.Index(condition=models.Q(('action', 'backups.restored')), fields=['-id'], name='restores_newest_first'),
        ),
    ]
