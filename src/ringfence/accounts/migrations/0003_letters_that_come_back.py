"""Letters that came back, that were not wanted, and addresses that take none."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = (
        ('accounts', '0002_endings'),
    )

    operations = (
        migrations.AddField(
            model_name="outgoingletter",
            name="can_wait",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.RemoveIndex(model_name="outgoingletter", name="letters_waiting"),
        migrations.AddIndex(
            model_name="outgoingletter",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["can_wait", "next_at"], name="letters_waiting"
            ),
        ),
        migrations.AddField(
            model_name='outgoingletter',
            name='unwanted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='person',
            name='unreachable_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='outgoingletter',
            index=models.Index(fields=['state', 'kind'], name='letters_by_state'),
        ),
    )
