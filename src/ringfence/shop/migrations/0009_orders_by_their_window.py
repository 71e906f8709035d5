from django.db import migrations, models


class Migration(migrations.Migration):
    """The orders that can be cancelled are found by an index, however many others there are."""

    dependencies = [
        ("shop", "0008_orders_let_cards_go"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("state", "active")),
                fields=["-window_ends_at", "id"],
                name="orders_by_window",
            ),
        ),
    ]
