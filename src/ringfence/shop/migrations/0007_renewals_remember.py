"""Renewals remember whom they were priced for; subscriptions, which cards nobody wants; both are found by an index."""

import django.contrib.postgres.fields
from django.db import migrations, models

import ringfence.privacy.sealed

OPEN = ("upcoming", "switched_off", "charging", "retrying", "grace", "suspended")
TO_FETCH = models.Q(
    models.Q(("mandate_from", ""), _negated=True), models.Q(("unwanted_from", []), _negated=True), _connector="OR"
)


class Migration(migrations.Migration):
    dependencies = [("shop", "0006_papers")]

    operations = [
        migrations.AddField("renewal", "buyer", ringfence.privacy.sealed.SealedJSON(null=True)),
        migrations.AddField(
            "subscription",
            "unwanted_from",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=100), default=list, size=None
            ),
        ),
        migrations.AddIndex(
            "renewal",
            models.Index(
                condition=models.Q(("state__in", OPEN)),
                fields=["state", "period_from", "id"],
                name="renewals_by_state",
            ),
        ),
        migrations.AddIndex(
            "subscription",
            models.Index(condition=models.Q(("ended_at", None)), fields=["renews_at"], name="subscriptions_going_on"),
        ),
        migrations.AddIndex(
            "subscription", models.Index(condition=TO_FETCH, fields=["card_asked_at"], name="cards_to_fetch")
        ),
    ]
