"""Backups, trials of them, and tombstones."""

from django.db import migrations, models

import ringfence.kernel.public_ids


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0010_holds'),
    ]

    operations = [
        migrations.CreateModel(
            name='Backup',
            fields=[
                ('id', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('data_bytes', models.BigIntegerField(default=0)),
                ('keys_bytes', models.BigIntegerField(default=0)),
                ('seconds', models.FloatField(default=0)),
                ('removed_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('removed_at', None)), fields=['-made_at'], name='backups_that_are_there')],
            },
        ),
        migrations.CreateModel(
            name='Drill',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('backup', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('tables', models.IntegerField()),
                ('rows', models.BigIntegerField()),
                ('opened', models.IntegerField()),
                ('replayed', models.IntegerField()),
                ('faults', models.JSONField(default=list)),
            ],
            options={
                'indexes': [models.Index(fields=['-at'], name='drills_newest_first')],
            },
        ),
        migrations.CreateModel(
            name='Tombstone',
            fields=[
                ('digest', models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
