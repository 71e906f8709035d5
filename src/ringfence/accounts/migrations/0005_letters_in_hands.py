from django.db import migrations, models


class Migration(migrations.Migration):
    """Since when the post has a letter whose answer is not known."""

    dependencies = [
        ("accounts", "0004_letters_in_trouble_are_few"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingletter",
            name="taken_at",
            field=models.DateTimeField(null=True),
        ),
    ]
