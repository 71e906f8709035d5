"""Legal holds, what they keep, and what retention did day by day (ADR 0024)."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import ringfence.kernel.public_ids
import ringfence.privacy.sealed
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0009_erasures'),
    ]

    operations = [
        migrations.CreateModel(
            name='HeldRow',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('kind', models.CharField(max_length=80)),
                ('row', models.BinaryField(max_length=32)),
                ('content', ringfence.privacy.sealed.SealedJSON()),
                ('set_aside_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('covers', models.BinaryField(max_length=32)),
                ('of_a_number', models.BooleanField(default=False)),
                ('target', ringfence.privacy.sealed.SealedJSON()),
                ('classes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=8), size=None)),
                ('article', models.CharField(choices=[('GDPR 17(3)(e)', 'GDPR 17(3)(e)'), ('GDPR 17(3)(b)', 'GDPR 17(3)(b)'), ('GDPR 18(1)(c)', 'GDPR 18(1)(c)'), ('Straffeprosessloven § 215 a', 'Straffeprosessloven § 215 a')], max_length=40)),
                ('reason', ringfence.privacy.sealed.SealedText()),
                ('reference', ringfence.privacy.sealed.SealedText(null=True)),
                ('is_secret', models.BooleanField(default=False)),
                ('state', models.CharField(choices=[('waits to be confirmed', 'waits to be confirmed'), ('in force', 'in force'), ('ended', 'ended'), ('not confirmed', 'not confirmed')], max_length=24)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.BinaryField(max_length=32)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('confirmed_by', models.BinaryField(max_length=32, null=True)),
                ('begins_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='RetentionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('day', models.DateField()),
                ('retention_class', models.CharField(max_length=8)),
                ('runs', models.IntegerField(default=0)),
                ('gone', models.BigIntegerField(default=0)),
                ('seconds', models.FloatField(default=0)),
                ('last_at', models.DateTimeField()),
                ('failed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='acknowledgement',
            index=models.Index(fields=['acknowledged_at'], name='acknowledgements_by_age'),
        ),
        migrations.AddIndex(
            model_name='legalhold',
            index=models.Index(condition=models.Q(('ended_at', None)), fields=['until'], name='holds_by_their_end'),
        ),
        migrations.AddIndex(
            model_name='legalhold',
            index=models.Index(fields=['-asked_at', 'id'], name='holds_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('begins_at')), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('begins_at'), '+', models.Value(datetime.timedelta(days=365))))), name='a_hold_ends_within_a_year'),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['not confirmed', 'waits to be confirmed']), models.Q(('confirmed_at__isnull', False), ('confirmed_by__isnull', False), models.Q(('confirmed_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='a_hold_in_force_was_confirmed_by_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('state__in', ['ended', 'not confirmed'])), models.Q(models.Q(('state__in', ['ended', 'not confirmed']), _negated=True), ('ended_at', None)), _connector='OR'), name='a_hold_that_is_over_says_since_when'),
        ),
        migrations.AddField(
            model_name='heldrow',
            name='hold',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='privacy.legalhold'),
        ),
        migrations.AddConstraint(
            model_name='retentionrun',
            constraint=models.UniqueConstraint(fields=('name', 'day'), name='a_day_of_retention_is_told_once'),
        ),
        migrations.AddIndex(
            model_name='heldrow',
            index=models.Index(fields=['hold', 'kind'], name='held_rows_by_kind'),
        ),
        migrations.AddConstraint(
            model_name='heldrow',
            constraint=models.UniqueConstraint(fields=('hold', 'row'), name='a_row_is_held_once'),
        ),
    ]
