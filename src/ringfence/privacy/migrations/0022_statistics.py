"""Releases of statistics: added to and never changed, no day twice, no year dearer than its budget."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import ringfence.kernel.public_ids
from django.db import migrations, models

PER_TABLE = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION ledger_refuses();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuses();
DO $$
DECLARE grantee text;
BEGIN
    REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM PUBLIC;
    FOR grantee IN
        SELECT DISTINCT quote_ident(r.rolname) FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.oid = '{table}'::regclass
        UNION SELECT quote_ident(current_user)
    LOOP
        EXECUTE 'REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM ' || grantee;
    END LOOP;
END $$;
"""

BUDGET = """
CREATE FUNCTION statistics_budget_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1398030676);
    IF (SELECT coalesce(sum(rho), 0) FROM privacy_statisticsspending s WHERE s.unit = NEW.unit AND s.year = NEW.year)
        + NEW.rho > 520000
    THEN
        RAISE EXCEPTION 'the statistics of % have told what they may of each %', NEW.year, NEW.unit
            USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.year IS DISTINCT FROM
        (SELECT extract(year FROM first)::int FROM privacy_statisticsrelease r WHERE r.id = NEW.release_id)
    THEN
        RAISE EXCEPTION 'a release is paid for in the year in which its period begins' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budget_is_kept BEFORE INSERT ON privacy_statisticsspending
    FOR EACH ROW EXECUTE FUNCTION statistics_budget_is_kept();
"""

TABLES = ("privacy_statisticsrelease", "privacy_statisticsspending", "privacy_statisticsexport")
UNDO = "DROP FUNCTION statistics_budget_is_kept() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0021_demands_of_authorities'),
    ]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('organisation', models.CharField(max_length=120)),
                ('purpose', models.CharField(max_length=200)),
                ('first', models.PositiveIntegerField()),
                ('last', models.PositiveIntegerField()),
                ('handed_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'privacy_statisticsexport',
            },
        ),
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=ringfence.kernel.public_ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(unique=True)),
                ('level', models.CharField(choices=[('quarter', 'quarter'), ('month', 'month'), ('week', 'week')], max_length=8)),
                ('first', models.DateField()),
                ('after', models.DateField()),
                ('made_at', models.DateTimeField()),
                ('manifest', models.TextField()),
                ('note', models.TextField()),
                ('table', models.TextField()),
            ],
            options={
                'db_table': 'privacy_statisticsrelease',
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('unit', models.CharField(choices=[('customer', 'customer'), ('page view', 'page view')], max_length=16)),
                ('year', models.PositiveSmallIntegerField()),
                ('rho', models.PositiveIntegerField()),
            ],
            options={
                'db_table': 'privacy_statisticsspending',
            },
        ),
        migrations.AddIndex(
            model_name='ledgerline',
            index=models.Index(condition=models.Q(('action__in', ['statistics.release', 'statistics.take_in_again'])), fields=['id'], name='lines_of_releases'),
        ),
        migrations.AddConstraint(
            model_name='export',
            constraint=models.CheckConstraint(condition=models.Q(('first__gte', 1), ('last__gte', models.F('first'))), name='an_export_is_of_releases'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.UniqueConstraint(fields=('level', 'first'), name='a_period_is_released_once'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=models.CheckConstraint(condition=models.Q(('after__gt', models.F('first'))), name='a_period_has_days'),
        ),
        migrations.AddConstraint(
            model_name='release',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.Func('first', 'after', function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='no_day_is_released_twice'),
        ),
        migrations.AddField(
            model_name='spending',
            name='release',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='privacy.release'),
        ),
        migrations.AddConstraint(
            model_name='spending',
            constraint=models.UniqueConstraint(fields=('release', 'unit'), name='a_release_costs_a_unit_once'),
        ),
        migrations.AddConstraint(
            model_name='spending',
            constraint=models.CheckConstraint(condition=models.Q(('rho__gt', 0), ('rho__lte', 520000)), name='a_release_costs_a_years_budget_at_most'),
        ),
        migrations.RunSQL(BUDGET + "".join(PER_TABLE.format(table=table) for table in TABLES), UNDO),
    ]
