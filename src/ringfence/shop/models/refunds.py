"""Money that goes back for an order."""

from django.db import models
from django.db.models import Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds
from ringfence.shop.models.orders import CURRENCY_LENGTH, Order, of_order
from ringfence.shop.refund_rules import RefundStep


class Refund(Guarded):
    """What is paid back for an order: one row per order, so that it can happen once only (clause 6.2)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="refund")
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in RefundStep])
    reference = models.CharField(max_length=100, blank=True)
    attempt = models.PositiveSmallIntegerField(default=1)
    trouble = models.CharField(max_length=40, blank=True)
    owed_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "order",
        "reference",
        "attempt",
        "trouble",
        "owed_at",
        "tried_at",
        "sent_at",
        minor=of_order(
            gettext_noop("Amount paid back, in the smallest unit"), "sums are checked by the database"
        ),
        currency=of_order(gettext_noop("Currency"), "sums are checked by the database"),
        state=of_order(gettext_noop("State of the refund"), "refunds that wait are found by it"),
        done_at=of_order(gettext_noop("Paid back"), "the promise is checked by the database"),
        subject_path="order__subject",
        of_number="order__number",
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_refund_is_of_something"),
            models.CheckConstraint(
                condition=~Q(state=RefundStep.DONE.value) | Q(done_at__isnull=False),
                name="a_refund_that_is_done_says_when",
            ),
        )
        indexes = (
            models.Index(fields=["owed_at", "id"], name="refunds_by_time"),
            models.Index(
                fields=["owed_at", "id"],
                condition=Q(state__in=(RefundStep.OWED.value, RefundStep.SENT.value)),
                name="refunds_that_wait",
            ),
        )
