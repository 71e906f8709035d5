"""Files of numbers that staff send in; Norwegian numbers in stock get the counties of today."""

import django.db.models.deletion
import ringfence.kernel.public_ids
from django.db import migrations, models


COUNTIES = """
UPDATE telephony_number SET area = CASE
    WHEN area IN ('Aust-Agder', 'Vest-Agder') THEN 'Agder'
    WHEN area IN ('Hedmark', 'Oppland') THEN 'Innlandet'
    WHEN area IN ('Hordaland', 'Sogn og Fjordane') THEN 'Vestland'
    WHEN area IN ('Sør-Trøndelag', 'Nord-Trøndelag') THEN 'Trøndelag'
    WHEN area = '' AND national ~ '^2[1-4]' THEN 'Oslo'
    ELSE '' END
WHERE country = 'NO' AND (area IN (
    'Aust-Agder', 'Vest-Agder', 'Hedmark', 'Oppland', 'Hordaland', 'Sogn og Fjordane', 'Sør-Trøndelag',
    'Nord-Trøndelag', 'Østfold/Akershus'
) OR area = '' AND national ~ '^2[1-4]')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('telephony', '0003_number_counts'),
    ]

    operations = [
        migrations.CreateModel(
            name='Import',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                ('state', models.CharField(default='checking', max_length=12)),
                ('made_at', models.DateTimeField()),
                ('state_since', models.DateTimeField()),
                ('size', models.BigIntegerField()),
                ('looked_through', models.BigIntegerField(default=0)),
                ('lines', models.BigIntegerField(default=0)),
                ('rejected', models.BigIntegerField(default=0)),
                ('found', models.BigIntegerField(default=0)),
                ('known', models.BigIntegerField(default=0)),
                ('groups', models.JSONField(default=list)),
                ('handled', models.BigIntegerField(default=0)),
                ('new', models.BigIntegerField(default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('handled__lte', models.F('found')), ('new__lte', models.F('handled'))), name='an_import_takes_in_what_was_found')],
            },
        ),
        migrations.CreateModel(
            name='ImportPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('content', models.BinaryField()),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='telephony.import')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('upload', 'position'), name='a_part_of_a_file_is_there_once')],
            },
        ),
        migrations.CreateModel(
            name='ImportRejection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.BigIntegerField()),
                ('code', models.CharField(max_length=40)),
                ('values', models.JSONField()),
                ('upload', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='telephony.import')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('upload', 'line'), name='a_line_is_rejected_once')],
            },
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                condition=models.Q(("state", "available"), _negated=True),
                fields=["state", "e164"],
                name="numbers_not_for_sale",
            ),
        ),
        migrations.AddIndex(
            model_name="number",
            index=models.Index(
                condition=models.Q(("carrier", ""), _negated=True),
                fields=["carrier", "e164"],
                name="numbers_of_a_carrier",
            ),
        ),
        migrations.RunSQL(COUNTIES, migrations.RunSQL.noop),
    ]
