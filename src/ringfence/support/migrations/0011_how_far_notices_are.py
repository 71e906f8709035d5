"""How far a notice is stands on it; what became of it is found without reading every record."""

from django.db import migrations, models

COUNT = """
UPDATE support_notice notice SET sent = told.sent, moved_at = told.moved_at
FROM (SELECT notice_id, count(*) AS sent, max(told_at) AS moved_at FROM support_noticerecord GROUP BY 1) told
WHERE told.notice_id = notice.id
"""


class Migration(migrations.Migration):

    dependencies = (
        ("support", "0010_what_was_left_to_people"),
    )

    operations = (
        migrations.AddField(model_name="notice", name="sent", field=models.IntegerField(db_default=0, default=0)),
        migrations.AddField(model_name="notice", name="moved_at", field=models.DateTimeField(null=True)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="noticerecord",
            index=models.Index(fields=["notice", "settled_at"], name="notice_records_by_end"),
        ),
        migrations.AddIndex(
            model_name="noticerecord",
            index=models.Index(
                condition=models.Q(("delivery__in", ["given-up", "returned", "no-address"])),
                fields=["notice"],
                name="notice_records_not_reached",
            ),
        ),
    )
