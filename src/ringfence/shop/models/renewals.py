"""Renewals, the payments made for them, and the mandates they are charged by (clause 2.4: opaque tokens alone)."""

from typing import Final

from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import NOT_PERSONAL, Holds
from ringfence.privacy.sealed import SealedJSON
from ringfence.shop.models.orders import CURRENCY_LENGTH, Subscription, of_order
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_rules import OPEN, RenewalState

ASKED: Final = "asked"
"""A payment that the provider was, or is about to be, asked for, and whose answer is not known."""
UNDECIDED: Final = (ASKED, PaymentStatus.OPEN.value)
STATUSES: Final = (ASKED, *(status.value for status in PaymentStatus))
OPEN_VALUES: Final = tuple(state.value for state in OPEN)


class How(models.TextChoices):
    """How a renewal is paid: by a charge of the kept card, or by the buyer at the provider's page."""

    CHARGE = "charge"
    PAGE = "page"


class Renewal(Guarded):
    """The payment for one period of a subscription; `next_at` is when its next step is due by itself.

    `waits_since` is when a step fell due that waits, since the account is about to be closed.

    `buyer` is whom its price was fixed for: the invoice is for the same, weeks later and wherever they live by then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="+", related_query_name="renewals"
    )
    number = models.PositiveIntegerField()
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    state = models.CharField(max_length=16, choices=[(state.value, state.value) for state in RenewalState])
    state_since = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    told_days = models.PositiveSmallIntegerField(null=True)
    first_tried_at = models.DateTimeField(null=True)
    waits_since = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=40, blank=True)
    suspended_number = models.BooleanField(default=False)
    net_minor = models.BigIntegerField(null=True)
    vat_minor = models.BigIntegerField(null=True)
    gross_minor = models.BigIntegerField(null=True)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    buyer = SealedJSON(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "subscription",
        "number",
        "state_since",
        "next_at",
        "told_days",
        "first_tried_at",
        "waits_since",
        "tries",
        "reason",
        "suspended_number",
        "net_minor",
        "vat_minor",
        "vat_rate",
        period_from=of_order(gettext_noop("Period from"), "what is due is found by it"),
        period_to=of_order(gettext_noop("Period to"), "what is due is found by it"),
        state=of_order(gettext_noop("State of the renewal"), "renewals are searched by their state"),
        gross_minor=of_order(
            gettext_noop("Amount, in the smallest unit"), "sums are checked by the database"
        ),
        buyer=of_order(gettext_noop("Country and VAT number that the tax is for")),
        subject_path="subscription__order__subject",
        of_number="subscription__order__number",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["subscription", "number"], name="a_period_is_renewed_once"),
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(state__in=OPEN_VALUES), name="one_renewal_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_VALUES, next_at__isnull=False)
                | (~Q(state__in=OPEN_VALUES) & Q(next_at__isnull=True)),
                name="an_open_renewal_has_a_next_step",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor__isnull=True)
                | Q(gross_minor__gte=0, gross_minor=F("net_minor") + F("vat_minor"), vat_rate__gte=0),
                name="the_price_of_a_renewal_adds_up",
            ),
        )
        indexes = (
            models.Index(fields=["next_at"], condition=Q(state__in=OPEN_VALUES), name="renewals_that_wait"),
            models.Index(
                fields=["state", "period_from", "id"],
                condition=Q(state__in=OPEN_VALUES),
                name="renewals_by_state",
            ),
            models.Index(fields=["-period_from", "id"], name="renewals_by_period"),
        )


class RenewalPayment(Guarded):
    """One try to pay a renewal, and what of it went back. The provider's key is made of the renewal and the try."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    renewal = models.ForeignKey(
        Renewal, on_delete=models.CASCADE, related_name="+", related_query_name="payments"
    )
    attempt = models.PositiveSmallIntegerField()
    how = models.CharField(max_length=6, choices=How.choices)
    mandate = models.ForeignKey("shop.Mandate", on_delete=models.SET_NULL, null=True, related_name="+")
    keeps_card = models.BooleanField(default=False)
    reference = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 - unique, and none yet
    status = models.CharField(max_length=12, choices=[(status, status) for status in STATUSES])
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    opened_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=40, blank=True)
    back_state = models.CharField(
        max_length=12, blank=True, choices=[(step.value, step.value) for step in RefundStep]
    )
    back_reference = models.CharField(max_length=100, blank=True)
    back_attempt = models.PositiveSmallIntegerField(default=1)
    back_owed_at = models.DateTimeField(null=True)
    back_done_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "renewal",
        "attempt",
        "how",
        "mandate",
        "keeps_card",
        "opened_at",
        "asked_at",
        "trouble",
        "back_reference",
        "back_attempt",
        "back_owed_at",
        "currency",
        reference=of_order(
            gettext_noop("The payment provider's reference"),
            "the provider's events are matched by it; it is opaque",
        ),
        status=of_order(gettext_noop("State of the payment"), "payments that wait are found by it"),
        minor=of_order(gettext_noop("Amount, in the smallest unit"), "sums are checked by the database"),
        decided_at=of_order(gettext_noop("Paid or refused"), "what is late is found by it"),
        back_state=of_order(gettext_noop("State of the refund"), "refunds that wait are found by it"),
        back_done_at=of_order(gettext_noop("Paid back"), "what is late is found by it"),
        subject_path="renewal__subscription__order__subject",
        of_number="renewal__subscription__order__number",
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["renewal", "attempt"], name="a_try_has_a_number_of_its_own"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="a_payment_is_of_something"),
        )
        indexes = (
            models.Index(fields=["asked_at"], condition=Q(status__in=UNDECIDED), name="payments_undecided"),
            models.Index(
                fields=["back_owed_at"],
                condition=Q(back_state__in=(RefundStep.OWED.value, RefundStep.SENT.value)),
                name="renewals_paid_back",
            ),
        )
