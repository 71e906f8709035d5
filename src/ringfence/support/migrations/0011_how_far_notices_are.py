"""How far a notice is stands on it."""

from django.db import migrations, models

COUNT = """
UPDATE support_notice notice SET sent = told.sent, moved_at = told.moved_at
FROM (SELECT notice_id, count(*) AS sent, max(told_at) AS moved_at FROM support_noticerecord GROUP BY 1) told
WHERE told.notice_id = notice.id
"""


class Migration(migrations.Migration):

    dependencies = (
        ("support", "0009_notices"),
    )

    operations = (
        migrations.AddField(model_name="notice", name="sent", field=models.IntegerField(db_default=0, default=0)),
        migrations.AddField(model_name="notice", name="moved_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    )
