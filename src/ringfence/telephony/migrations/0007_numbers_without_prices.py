"""A number's price is that of its country and type, in the shop's list, which has taken these over."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("telephony", "0006_endings"), ("shop", "0002_prices")]

    operations = [
        migrations.RemoveField(model_name="number", name="monthly_minor"),
        migrations.RemoveField(model_name="number", name="setup_minor"),
        migrations.RemoveField(model_name="number", name="currency"),
    ]
