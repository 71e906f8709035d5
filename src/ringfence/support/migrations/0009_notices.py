"""Notices to customers, and to whom each was sent."""

import django.db.models.deletion
import ringfence.kernel.public_ids
import ringfence.support.notice_rules
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = (
        ('support', '0008_cases_of_abuse'),
    )

    operations = (
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=8)),
                ('state', models.CharField(default=ringfence.support.notice_rules.NoticeState['DRAFT'], max_length=12)),
                ('title', models.JSONField()),
                ('text', models.JSONField()),
                ('country', models.CharField(blank=True, default='', max_length=2)),
                ('holding', models.CharField(blank=True, default=ringfence.support.notice_rules.Holding['ANY'], max_length=8)),
                ('language', models.CharField(blank=True, default='', max_length=2)),
                ('written_at', models.DateTimeField()),
                ('state_since', models.DateTimeField()),
                ('send_at', models.DateTimeField(null=True)),
                ('began_at', models.DateTimeField(null=True)),
                ('meant', models.IntegerField(default=0)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state__in', [ringfence.support.notice_rules.NoticeState['SCHEDULED'], ringfence.support.notice_rules.NoticeState['SENDING']])), fields=['send_at'], name='notices_at_work')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', [ringfence.support.notice_rules.NoticeState['DRAFT'], ringfence.support.notice_rules.NoticeState['SCHEDULED'], ringfence.support.notice_rules.NoticeState['SENDING'], ringfence.support.notice_rules.NoticeState['PAUSED'], ringfence.support.notice_rules.NoticeState['SENT'], ringfence.support.notice_rules.NoticeState['CANCELLED']])), name='a_notice_is_in_a_known_state'), models.CheckConstraint(condition=models.Q(('kind__in', [ringfence.support.notice_rules.NoticeKind['SERVICE'], ringfence.support.notice_rules.NoticeKind['NEWS']])), name='a_notice_is_service_or_news')],
            },
        ),
        migrations.CreateModel(
            name='NoticeRecord',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('letter', models.UUIDField(null=True)),
                ('told_at', models.DateTimeField()),
                ('delivery', models.CharField(default=ringfence.support.notice_rules.Delivery['WAITING'], max_length=12)),
                ('settled_at', models.DateTimeField(null=True)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='support.notice')),
            ],
            options={
                'indexes': [models.Index(fields=['told_at'], name='notice_records_by_age'), models.Index(condition=models.Q(('settled_at', None)), fields=['told_at'], name='notice_records_open'), models.Index(fields=['notice', 'delivery'], name='notice_records_by_delivery')],
                'constraints': [models.UniqueConstraint(fields=('notice', 'subject'), name='a_notice_is_sent_to_each_once'), models.CheckConstraint(condition=models.Q(('delivery__in', [ringfence.support.notice_rules.Delivery['WAITING'], ringfence.support.notice_rules.Delivery['TAKEN'], ringfence.support.notice_rules.Delivery['GIVEN_UP'], ringfence.support.notice_rules.Delivery['RETURNED'], ringfence.support.notice_rules.Delivery['UNWANTED'], ringfence.support.notice_rules.Delivery['NO_ADDRESS'], ringfence.support.notice_rules.Delivery['WITHDRAWN']])), name='a_notice_record_has_a_known_end')],
            },
        ),
    )
