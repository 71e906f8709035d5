from django.db import migrations, models

from ringfence.privacy.retention_rules import HoldArticle
from ringfence.privacy.rules import Ground, RequestState

REFUSALS = "a_refusal_has_an_article_a_reason_and_a_sent_notice"


class Migration(migrations.Migration):
    """A copy may be refused because its fee was not accepted, and a restriction holds what reaches its end."""

    dependencies = [
        ("privacy", "0014_what_checks_see"),
    ]

    operations = [
        migrations.RemoveConstraint("subjectrequest", REFUSALS),
        migrations.AddConstraint(
            "subjectrequest",
            models.CheckConstraint(
                condition=~models.Q(state=RequestState.REFUSED)
                | models.Q(refusal_article__in=[*Ground], notice_sent_at__isnull=False)
                & (models.Q(refusal_reason__isnull=False) | models.Q(subject=None)),
                name=REFUSALS,
            ),
        ),
        migrations.AlterField(
            "legalhold",
            "article",
            models.CharField(choices=[(one.value, one.value) for one in HoldArticle], max_length=40),
        ),
    ]
