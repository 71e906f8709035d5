from django.db import migrations

import ringfence.privacy.sealed


class Migration(migrations.Migration):
    """What acknowledges a letter stands under it."""

    dependencies = [
        ("privacy", "0023_page_views"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestform",
            name="message_id",
            field=ringfence.privacy.sealed.SealedText(null=True),
        ),
    ]
