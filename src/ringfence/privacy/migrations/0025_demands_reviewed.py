import ringfence.privacy.sealed
from django.db import migrations, models


class Migration(migrations.Migration):
    """A silence is prolonged by two; a record of a number knows whose it was; what nobody goes on with is closed."""

    dependencies = [
        ('privacy', '0024_acknowledgements_answer'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='authoritydemand',
            name='a_decided_demand_says_what_came_of_it',
        ),
        migrations.AddField(
            model_name='authoritydemand',
            name='quiet_asked_because',
            field=ringfence.privacy.sealed.SealedText(null=True),
        ),
        migrations.AddField(
            model_name='authoritydemand',
            name='quiet_asked_by',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='authoritydemand',
            name='quiet_asked_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='heldrow',
            name='whose',
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddConstraint(
            model_name='authoritydemand',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['closed', 'granted', 'handed_over', 'preserved', 'ready']), _negated=True), ('outcome__in', ['full', 'lapsed', 'partial', 'preserved', 'refused', 'withdrawn']), _connector='OR'), name='a_decided_demand_says_what_came_of_it'),
        ),
    ]
