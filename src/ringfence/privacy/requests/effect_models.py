"""What a request leaves behind: uses that were stopped, and a fee that was announced."""

from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds, RetentionClass, choice, link
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import RequestKind


class StoppedUse(Guarded):
    """A use of somebody's data that they had stopped: restriction (GDPR art. 18) or objection (art. 21).

    It holds until they lift it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField()
    kind = models.CharField(max_length=16)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        subject=link("whose data is used less", RetentionClass.CONSENT),
        kind=choice(gettext_noop("What you had stopped"), "one of two fixed words"),
        since=choice(gettext_noop("Stopped since"), "a moment without anything else"),
        lifted_at=choice(gettext_noop("Lifted"), "a moment without anything else"),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=[RequestKind.RESTRICT, RequestKind.OBJECT]),
                name="a_use_is_restricted_or_objected_to",
            ),
            models.UniqueConstraint(
                fields=["subject", "kind"],
                condition=Q(lifted_at=None),
                name="a_use_is_stopped_once",
            ),
        )


class CopyFee(Guarded):
    """What a copy costs, by the law of the country (clause 7.3): announced, then accepted, and only then owed.

    `under_gdpr` and `earlier_copies` are what the rule looked at. The database refuses a fee on a first copy where the
    GDPR applies, and one that is owed without having been accepted.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="fee")
    subject = models.UUIDField(db_index=True)
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    under_gdpr = models.BooleanField()
    earlier_copies = models.PositiveIntegerField()
    announced_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    owed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "request",
        "under_gdpr",
        "earlier_copies",
        subject=link("whose copy it is", RetentionClass.CONSENT),
        minor=choice(gettext_noop("Fee, in the smallest unit"), "an amount from a list that all share"),
        currency=choice(gettext_noop("Currency"), "one of a few"),
        announced_at=choice(gettext_noop("Fee announced"), "a moment without anything else"),
        accepted_at=choice(gettext_noop("Fee accepted"), "a moment without anything else"),
        owed_at=choice(gettext_noop("Fee owed"), "a moment without anything else"),
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_fee_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(under_gdpr=False) | Q(earlier_copies__gt=0),
                name="a_first_copy_is_free_under_the_gdpr",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(accepted_at__gte=F("announced_at")),
                name="a_fee_is_announced_before_it_is_accepted",
            ),
            models.CheckConstraint(
                condition=Q(owed_at=None) | Q(accepted_at__isnull=False, accepted_at__lte=F("owed_at")),
                name="a_fee_is_accepted_before_it_is_owed",
            ),
        )
