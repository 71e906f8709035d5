"""Changes of routes are read by every node of the edge, each as far as it has come; one column knew one node only."""

import django.db.models.functions.comparison
import ringfence.kernel.public_ids
from django.db import migrations, models

NOTIFY = """
CREATE FUNCTION route_changes_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('route_changes', '');
    RETURN NULL;
END $$;
CREATE TRIGGER nodes_are_told AFTER INSERT ON telephony_routechange
    FOR EACH STATEMENT EXECUTE FUNCTION route_changes_notify();
"""
UNDO = """
DROP TRIGGER nodes_are_told ON telephony_routechange;
DROP FUNCTION route_changes_notify();
"""


class Migration(migrations.Migration):

    dependencies = [("telephony", "0010_steps_ring_phones")]

    operations = [
        migrations.CreateModel(
            name='EdgeNode',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40, unique=True)),
                ('first_seen', models.DateTimeField()),
                ('last_seen', models.DateTimeField()),
                ('answers', models.BooleanField(default=False)),
                ('format', models.CharField(blank=True, default='', max_length=8)),
                ('followed_transaction', models.BigIntegerField(null=True)),
                ('followed_change', models.BigIntegerField(null=True)),
                ('loaded_at', models.DateTimeField(null=True)),
                ('made_with', models.CharField(blank=True, default='', max_length=32)),
                ('held_numbers', models.BigIntegerField(default=0)),
                ('held_phones', models.BigIntegerField(default=0)),
                ('digest', models.CharField(blank=True, default='', max_length=64)),
                ('compared_at', models.DateTimeField(null=True)),
                ('differences', models.BigIntegerField(default=0)),
                ('differed_at', models.DateTimeField(null=True)),
                ('mended', models.BigIntegerField(default=0)),
                ('unreadable', models.BigIntegerField(default=0)),
                ('counters', models.JSONField(default=dict)),
                ('anew_asked_at', models.DateTimeField(null=True)),
                ('anew_done', models.BigIntegerField(default=0)),
                ('anew_of', models.BigIntegerField(default=0)),
                ('watched_at', models.DateTimeField(null=True)),
                ('waiting_since', models.DateTimeField(null=True)),
                ('logs_found', models.IntegerField(default=0)),
                ('reporter', models.CharField(blank=True, default='', max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name='RouteChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('transaction', models.BigIntegerField(db_default=django.db.models.functions.comparison.Cast(django.db.models.functions.comparison.Cast(models.Func(function='pg_current_xact_id'), models.TextField()), models.BigIntegerField()), editable=False)),
                ('what', models.CharField(choices=[('number', 'Number'), ('phone', 'Phone')], max_length=8)),
                ('key', models.CharField(max_length=64)),
                ('written_at', models.DateTimeField(db_default=models.Func(function='clock_timestamp'), editable=False)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='number',
            name='routes_not_published',
        ),
        migrations.RemoveField(
            model_name='number',
            name='published_version',
        ),
        migrations.AddConstraint(
            model_name='edgenode',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('followed_change', None), ('followed_transaction', None)), models.Q(('followed_change__isnull', False), ('followed_transaction__isnull', False)), _connector='OR'), name='a_node_has_followed_to_a_place_or_nowhere'),
        ),
        migrations.AddIndex(
            model_name='routechange',
            index=models.Index(fields=['transaction', 'id'], name='changes_in_order'),
        ),
        migrations.AddIndex(
            model_name='routechange',
            index=models.Index(fields=['what', 'key'], name='changes_by_key'),
        ),
        migrations.RunSQL(NOTIFY, UNDO),
    ]
