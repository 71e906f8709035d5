"""Mandates: the provider's opaque tokens by which a renewal is charged (clause 2.4)."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Basis,
    Category,
    Holds,
    Personal,
    Purpose,
    RetentionClass,
    Source,
)


class Mandate(Guarded):
    """A way of paying that the provider keeps. The row goes once the provider has forgotten it.

    From the moment it is `leaving_at`, nobody's subscription names it, and nothing is charged by it any more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token = models.CharField(max_length=200, unique=True)
    given_at = models.DateTimeField()
    leaving_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "leaving_at",
        "tried_at",
        token=Personal(
            Category.LINK,
            Source.THIRD_PARTY,
            Purpose.SERVICE,
            Basis.CONTRACT,
            RetentionClass.ACCOUNT,
            plain="the provider is told to forget it after the person's keys are gone; it is opaque to all but them",
            label=gettext_noop("The payment provider's token for your card"),
        ),
        given_at=Personal(
            Category.ORDER,
            Source.THIRD_PARTY,
            Purpose.SERVICE,
            Basis.CONTRACT,
            RetentionClass.ACCOUNT,
            plain="it says how old a token is",
            label=gettext_noop("Card kept since"),
        ),
        subject_path="subscriptions__order__subject",
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["leaving_at"], condition=Q(leaving_at__isnull=False), name="mandates_that_leave"
            ),
        )
