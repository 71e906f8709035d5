"""What leaves the house is entered, passed on, and refused where it may not leave."""

import django.contrib.postgres.fields
import ringfence.kernel.public_ids
import ringfence.privacy.sealed
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0019_consent_to_news'),
    ]

    operations = [
        migrations.CreateModel(
            name='Disclosure',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField()),
                ('recipient', models.CharField(max_length=32)),
                ('name', ringfence.privacy.sealed.SealedText()),
                ('clause', models.CharField(max_length=8)),
                ('basis', models.CharField(max_length=200)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ('decided_by', models.CharField(max_length=120)),
                ('case', models.CharField(default='', max_length=40)),
                ('quiet_until', models.DateField(null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['subject', '-at', 'id'], name='disclosures_of_a_person'), models.Index(fields=['at'], name='disclosures_by_age'), models.Index(fields=['case'], name='disclosures_of_a_case'), models.Index(condition=models.Q(('quiet_until__isnull', False)), fields=['quiet_until'], name='disclosures_not_told')],
                'constraints': [models.CheckConstraint(condition=models.Q(('fields__len__gt', 0)), name='something_is_in_what_was_handed_over'), models.CheckConstraint(condition=models.Q(('quiet_until', None), ('quiet_until__gte', models.F('at__date')), _connector='OR'), name='a_silence_ends_after_it_began')],
            },
        ),
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('company', models.CharField(max_length=200)),
                ('purpose', models.CharField(max_length=300)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ('people', models.PositiveIntegerField()),
                ('decided_by', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['-at', 'id'], name='hand_overs_newest_first')],
                'constraints': [models.CheckConstraint(condition=models.Q(('people__gt', 0)), name='a_hand_over_is_of_somebody'), models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='a_hand_over_says_what_for')],
            },
        ),
        migrations.CreateModel(
            name='PassedOn',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('disclosure', models.UUIDField()),
                ('recipient', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=200)),
                ('cause', models.CharField(choices=[('change', 'change'), ('deletion', 'deletion')], max_length=16)),
                ('fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None)),
                ('caused_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.CharField(default='', max_length=120)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('answered_at', None)), fields=['due_at', 'id'], name='unanswered_by_due'), models.Index(fields=['disclosure'], name='passed_on_of_an_entry'), models.Index(condition=models.Q(('answered_at__isnull', False)), fields=['-answered_at'], name='answered_newest_first')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('answered_at', None)), fields=('disclosure', 'cause'), name='a_recipient_is_told_once_of_what_waits'), models.CheckConstraint(condition=models.Q(('due_at__gt', models.F('caused_at'))), name='a_recipient_has_time_to_answer')],
            },
        ),
        migrations.CreateModel(
            name='RefusedExit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('exit', models.CharField(max_length=40)),
                ('field', models.CharField(max_length=100)),
                ('day', models.DateField()),
                ('count', models.BigIntegerField(default=0)),
                ('last_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('exit', 'field', 'day'), name='a_day_of_refusals_is_one_row')],
            },
        ),
    ]
