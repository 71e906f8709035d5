from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether old data was brought back lately is found without reading the ledger.

    In one transaction: a restore that is killed here must be able to go on.
    """

    dependencies = [
        ("privacy", "0015_requests_end_truthfully"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="ledgerline",
            index=models.Index(
                condition=models.Q(("action", "backups.restored")), fields=["-id"], name="restores_newest_first"
            ),
        ),
    ]
