"""Letters with news are asked for as the statistics of visits are."""

import ringfence.privacy.consent.rules
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = (
        ('privacy', '0018_several_in_one_letter'),
    )

    operations = (
        migrations.AlterField(
            model_name='consentrecord',
            name='means',
            field=models.CharField(choices=[(ringfence.privacy.consent.rules.Means['BANNER'], ringfence.privacy.consent.rules.Means['BANNER']), (ringfence.privacy.consent.rules.Means['PAGE'], ringfence.privacy.consent.rules.Means['PAGE']), (ringfence.privacy.consent.rules.Means['FOOT'], ringfence.privacy.consent.rules.Means['FOOT']), (ringfence.privacy.consent.rules.Means['ACCOUNT'], ringfence.privacy.consent.rules.Means['ACCOUNT']), (ringfence.privacy.consent.rules.Means['SIGNAL'], ringfence.privacy.consent.rules.Means['SIGNAL']), (ringfence.privacy.consent.rules.Means['LETTER'], ringfence.privacy.consent.rules.Means['LETTER']), (ringfence.privacy.consent.rules.Means['COMPLAINT'], ringfence.privacy.consent.rules.Means['COMPLAINT'])], max_length=32),
        ),
        migrations.AlterField(
            model_name='consentrecord',
            name='purpose',
            field=models.CharField(choices=[(ringfence.privacy.consent.rules.Extra['STATISTICS'], ringfence.privacy.consent.rules.Extra['STATISTICS']), (ringfence.privacy.consent.rules.Extra['NEWS'], ringfence.privacy.consent.rules.Extra['NEWS'])], max_length=64),
        ),
    )
