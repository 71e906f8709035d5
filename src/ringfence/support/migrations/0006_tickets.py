"""Conversations with whoever writes to us, what was said in them, and texts to answer with."""

import django.contrib.postgres.fields
import django.db.models.deletion
import ringfence.kernel.public_ids
import ringfence.privacy.sealed
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('support', '0005_what_came_with_a_letter'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerTemplate',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, unique=True)),
                ('text_nb', models.TextField()),
                ('text_en', models.TextField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('state', models.CharField(default='open', max_length=8)),
                ('origin', models.CharField(choices=[('mail', 'mail'), ('form', 'form'), ('account', 'account')], max_length=8)),
                ('language', models.CharField(max_length=2)),
                ('opened_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('waits_since', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('is_new', models.BooleanField(default=True)),
                ('version', models.IntegerField(default=0)),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('assigned', models.BinaryField(max_length=32, null=True)),
                ('looked_by', models.BinaryField(max_length=32, null=True)),
                ('looked_at', models.DateTimeField(null=True)),
                ('who', models.BinaryField(default=b'', max_length=32)),
                ('address', ringfence.privacy.sealed.SealedText(null=True)),
                ('title', ringfence.privacy.sealed.SealedText(null=True)),
                ('merged_into', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='support.ticket')),
            ],
        ),
        migrations.CreateModel(
            name='TicketEntry',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(db_index=True)),
                ('kind', models.CharField(choices=[('letter', 'letter'), ('form', 'form'), ('account', 'account'), ('answer', 'answer'), ('note', 'note')], max_length=8)),
                ('at', models.DateTimeField()),
                ('author', models.BinaryField(max_length=32, null=True)),
                ('is_from_elsewhere', models.BooleanField(default=False)),
                ('is_undelivered', models.BooleanField(default=False)),
                ('letter', models.UUIDField(null=True, unique=True)),
                ('sent', models.UUIDField(null=True)),
                ('message', models.BinaryField(default=b'', max_length=32)),
                ('message_id', ringfence.privacy.sealed.SealedText(null=True)),
                ('text', ringfence.privacy.sealed.SealedBytes()),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='support.ticket')),
            ],
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['state', 'waits_since', 'id'], name='tickets_by_waiting'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['state', '-last_at', 'id'], name='tickets_by_last'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('closed_at', None), _negated=True), fields=['closed_at'], name='tickets_closed'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['who'], name='tickets_by_address'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at', None)), _connector='OR'), name='a_closed_ticket_says_since_when'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), ('waits_since__isnull', False)), models.Q(models.Q(('state', 'open'), _negated=True), ('waits_since', None)), _connector='OR'), name='an_open_ticket_waits_since_a_moment'),
        ),
        migrations.AddIndex(
            model_name='ticketentry',
            index=models.Index(fields=['ticket', 'at', 'id'], name='entries_in_order'),
        ),
        migrations.AddIndex(
            model_name='ticketentry',
            index=models.Index(condition=models.Q(('message', b''), _negated=True), fields=['message'], name='entries_by_message_id'),
        ),
    ]
