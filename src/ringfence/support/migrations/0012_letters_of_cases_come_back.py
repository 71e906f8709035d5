from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('support', '0011_how_far_notices_are'),
    ]

    operations = [
        migrations.AddField(
            model_name='abusecase',
            name='unreached_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='abusereport',
            name='unreached_at',
            field=models.DateTimeField(null=True),
        ),
    ]
