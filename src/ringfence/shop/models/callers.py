"""Somebody on the phone who wants to cancel: shown to be the customer before anything is done (clause 6.2)."""

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
from ringfence.shop.models.orders import Order, of_order


class CallerCheck(Guarded):
    """A caller, and the code that was sent to the customer's address for them to read out.

    A row is made whatever the caller says; one without an order fits nothing, and no code confirms it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, null=True, related_name="+")
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
        "digest",
        "tries",
        "confirmed_at",
        "filed_at",
        staff=link("only who asked for the code may file with it"),
        asked_at=of_order(
            gettext_noop("Somebody called us about the order"), "the promise is checked by the database"
        ),
        subject_path="order__subject",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(order__isnull=False),
                name="a_confirmed_caller_has_an_order",
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
