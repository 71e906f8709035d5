from django.db import migrations, models

PAGE = "^/(nb|en)/(([a-z]+(-[a-z]+)*|-)/)*$"


class Migration(migrations.Migration):
    """How often each public page was opened on each day."""

    dependencies = [
        ("privacy", "0022_statistics"),
    ]

    operations = [
        migrations.CreateModel(
            name="PageView",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("day", models.DateField()),
                ("page", models.CharField(max_length=100)),
                ("views", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "page"), name="a_page_is_counted_once_a_day"),
                    models.CheckConstraint(
                        condition=models.Q(("page__regex", PAGE)),
                        name="a_page_is_named_without_anything_typed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("views__gt", 0)), name="a_page_that_was_opened_is_counted"
                    ),
                ],
            },
        ),
    ]
