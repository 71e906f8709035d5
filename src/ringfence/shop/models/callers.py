"""Somebody on the phone: shown to be the customer before anything is filed for them (clause 6.2)."""

from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Holds,
    link,
)
from ringfence.shop.caller_rules import Way
from ringfence.shop.models.orders import Order, of_order


class CallerCheck(Guarded):
    """A caller, and how it was shown that they are the customer: by a code they read out, or by calling them back.

    A row is made whatever the caller says; one without a subject fits nobody, and nothing confirms it. What is filed
    for a confirmed caller is a row of its own, with the `order` that was cancelled or the `request` that was made.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(null=True, db_index=True)
    way = models.CharField(max_length=8, default=Way.CODE, db_default=Way.CODE)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, related_name="+")
    request = models.UUIDField(null=True, db_index=True)
    staff = models.UUIDField()
    digest = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "order",
        "request",
        "digest",
        "tries",
        "confirmed_at",
        "filed_at",
        subject=link("who is calling; a random id"),
        staff=link("only who checked the caller may file with it"),
        way=of_order(gettext_noop("How it was shown that it was you"), "one of two fixed words"),
        asked_at=of_order(
            gettext_noop("Somebody called us as you"), "the promise is checked by the database"
        ),
        of_number="order__number",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(order__isnull=False) | Q(subject__isnull=False),
                name="a_confirmed_caller_is_somebody",
            ),
            models.CheckConstraint(
                condition=Q(filed_at=None) | Q(confirmed_at__lte=F("filed_at")),
                name="a_caller_is_confirmed_before_anything_is_filed",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(filed_at__isnull=False),
                name="an_order_is_cancelled_once_for_a_caller",
            ),
        )
        indexes = (models.Index(fields=["asked_at"], name="callers_by_time"),)
