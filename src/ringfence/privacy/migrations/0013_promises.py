from django.db import migrations, models


class Migration(migrations.Migration):
    """Time in which nothing was checked, looks of staff that told nobody, and the store's own answers."""

    dependencies = [
        ("privacy", "0012_consents"),
    ]

    operations = [
        migrations.AddField(
            model_name="promiseresult",
            name="unchecked_seconds",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="promiseresult",
            name="told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(
            "UPDATE privacy_promiseresult SET told_at = now() WHERE state = 'broken'", migrations.RunSQL.noop
        ),
        migrations.AddIndex(
            model_name="promiseresult",
            index=models.Index(
                condition=models.Q(("state", "broken"), ("told_at", None)),
                fields=["since"],
                name="breaks_not_told_of",
            ),
        ),
        migrations.CreateModel(
            name="UntoldLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=120)),
                ("day", models.DateField()),
                ("count", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("place", "day"), name="untold_looks_are_counted_by_place_and_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OwnAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("question", models.CharField(max_length=200, unique=True)),
                ("status", models.IntegerField(default=0)),
                ("named", models.JSONField(default=list)),
                ("looked_at", models.DateTimeField(db_index=True, null=True)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
