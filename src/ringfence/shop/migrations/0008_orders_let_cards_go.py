from django.db import migrations, models


class Migration(migrations.Migration):
    """The sweep finds the cards of orders that never came into service, until the provider has forgotten them.

    The books are read by their period, and refunds that were told by themselves.
    """

    dependencies = [
        ('shop', '0007_renewals_remember'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('keep_card', True), ('payment_reference__isnull', False), ('provided_at', None), ('state__in', ('cancelled', 'refunded', 'charged_back'))), fields=['asked_at'], name='orders_that_left_a_card'),
        ),
        migrations.AddIndex(
            model_name='bookentry',
            index=models.Index(fields=['booked_at'], name='entries_by_time'),
        ),
        migrations.AddIndex(
            model_name='paymentevent',
            index=models.Index(condition=models.Q(('kind', 'refund.succeeded')), fields=['order'], name='orders_told_to_be_paid_back'),
        ),
    ]
