"""Orders and their steps, payment events, refunds and subscriptions.

Amounts are whole minor units (øre, cent) with their currency beside them. No payment data is in any of them
(clause 2.4): of a payment there is the amount and one opaque reference.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

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
    link,
)
from ringfence.privacy.sealed import SealedText
from ringfence.shop.ports import EventKind
from ringfence.shop.rules import OrderState, Term, WindowRule

CURRENCY_LENGTH: Final = 3
COUNTRY_LENGTH: Final = 2
IN_SERVICE: Final = (OrderState.PAID.value, OrderState.ACTIVE.value)
ENDED_UNPAID: Final = (OrderState.LAPSED.value, OrderState.FAILED.value)
LEFT_A_CARD: Final = Q(
    keep_card=True,
    provided_at=None,
    payment_reference__isnull=False,
    state__in=(OrderState.CANCELLED.value, OrderState.REFUNDED.value, OrderState.CHARGED_BACK.value),
)
NEVER_ASKED_SINCE: Final = Q(asked_at=None) | Q(asked_at__lt=F("held_until"))
IN_FORCE: Final = Q(state=OrderState.ACTIVE.value)
TERMS: Final = [(term.value, term.value) for term in Term]
NEVER_PRICED: Final = (OrderState.HELD.value, OrderState.LAPSED.value)


def of_order(label: str, plain: str = "", common: str = "") -> Personal:
    """Declare what a field of the shop holds about a person: what they bought, and how it went."""
    return Personal(
        Category.ORDER,
        Source.USE,
        Purpose.SERVICE,
        Basis.CONTRACT,
        RetentionClass.ACCOUNT,
        plain=plain,
        label=label,
        common=common,
    )


class Order(Guarded):
    """One number wanted by one person, from the choice to its end. The price is fixed at check-out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    subject = models.UUIDField(null=True)
    number = models.UUIDField(null=True)
    e164 = SealedText(null=True)
    number_country = models.CharField(max_length=COUNTRY_LENGTH)
    number_type = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=20, choices=[(state.value, state.value) for state in OrderState])
    placed_at = models.DateTimeField()
    held_until = models.DateTimeField()
    monthly_minor = models.BigIntegerField()
    setup_minor = models.BigIntegerField()
    term = models.CharField(max_length=5, choices=TERMS, default=Term.MONTH.value)
    period_minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    net_minor = models.BigIntegerField(null=True)
    vat_minor = models.BigIntegerField(null=True)
    gross_minor = models.BigIntegerField(null=True)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    buyer_country = models.CharField(max_length=COUNTRY_LENGTH, blank=True)
    consumer = models.BooleanField(null=True)
    vat_number = SealedText(null=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=2, blank=True)
    policy_version = models.PositiveIntegerField(null=True)
    keep_card = models.BooleanField(default=False)
    payment_reference = models.CharField(max_length=100, null=True, unique=True)  # noqa: DJ001 - unique, and none yet
    asked_at = models.DateTimeField(null=True)
    choose_until = models.DateTimeField(null=True)
    filed_by_staff = models.BooleanField(default=False)
    provided_at = models.DateTimeField(null=True)
    window_ends_at = models.DateTimeField(null=True)
    window_rule = models.CharField(
        max_length=20, blank=True, choices=[(rule.value, rule.value) for rule in WindowRule]
    )

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "number_country",
        "number_type",
        "held_until",
        "monthly_minor",
        "setup_minor",
        "term",
        "period_minor",
        "net_minor",
        "vat_minor",
        "vat_rate",
        "asked_at",
        "choose_until",
        subject=link("a person's orders are found by it"),
        number=link("two orders for one number are told apart by it; it is a random id"),
        e164=of_order(gettext_noop("Number"), common="a number of the stock, where it stays"),
        state=of_order(gettext_noop("State of the order"), "orders are searched by their state"),
        placed_at=of_order(gettext_noop("Placed"), "orders are sorted by their moment"),
        gross_minor=of_order(
            gettext_noop("Amount, in the smallest unit"), "sums are checked by the database"
        ),
        currency=of_order(gettext_noop("Currency"), "sums are checked by the database"),
        buyer_country=of_order(
            gettext_noop("Country at purchase"), "the promised window is computed again from it"
        ),
        consumer=of_order(
            gettext_noop("Bought as a consumer"), "the promised window is computed again from it"
        ),
        vat_number=of_order(gettext_noop("VAT number")),
        time_zone=of_order(
            gettext_noop("Time zone at purchase"), "the promised window is computed again from it"
        ),
        language=of_order(
            gettext_noop("Language of the order"), "the provider's page is opened again with it"
        ),
        policy_version=of_order(gettext_noop("Terms seen"), "it names a public text"),
        keep_card=of_order(
            gettext_noop("Card kept for renewals"), "the provider's page is opened again with it"
        ),
        payment_reference=of_order(
            gettext_noop("The payment provider's reference"),
            "the provider's events are matched by it; it is opaque",
        ),
        filed_by_staff=of_order(
            gettext_noop("Cancelled by us, as you asked"), "the promise is checked by the database"
        ),
        provided_at=of_order(gettext_noop("Provided"), "the promised window is computed again from it"),
        window_ends_at=of_order(
            gettext_noop("Can be cancelled until"), "the promise is checked by the database"
        ),
        window_rule=of_order(gettext_noop("By which rule"), "the promise is checked by the database"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number"],
                condition=Q(state__in=IN_SERVICE),
                name="a_number_is_in_service_for_one_order",
            ),
            models.CheckConstraint(
                condition=Q(state__in=NEVER_PRICED)
                | Q(gross_minor__gte=0, gross_minor=F("net_minor") + F("vat_minor"), vat_rate__gte=0),
                name="an_order_past_its_hold_has_a_price_that_adds_up",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.ACTIVE.value)
                | Q(provided_at__isnull=False, window_ends_at__gt=F("provided_at"), subject__isnull=False),
                name="an_active_order_has_an_owner_and_a_window",
            ),
            models.CheckConstraint(
                condition=~Q(state=OrderState.CHOOSING.value) | Q(choose_until__isnull=False),
                name="a_choice_ends",
            ),
            models.CheckConstraint(
                condition=Q(held_until__gt=F("placed_at")), name="a_hold_ends_after_it_began"
            ),
        )
        indexes = (
            models.Index(fields=["subject", "-placed_at"], name="orders_of_a_person"),
            models.Index(fields=["-placed_at", "id"], name="orders_by_time"),
            models.Index(fields=["state", "-placed_at", "id"], name="orders_by_state"),
            models.Index(fields=["number"], name="orders_of_a_number"),
            models.Index(
                fields=["held_until"],
                condition=Q(state__in=(OrderState.HELD.value, OrderState.AWAITING_PAYMENT.value)),
                name="orders_that_wait",
            ),
            models.Index(
                fields=["held_until"],
                condition=NEVER_ASKED_SINCE & Q(state__in=ENDED_UNPAID, payment_reference__isnull=False),
                name="orders_that_may_still_be_paid",
            ),
            models.Index(
                fields=["choose_until"],
                condition=Q(state=OrderState.CHOOSING.value),
                name="orders_that_choose",
            ),
            models.Index(fields=["asked_at"], condition=LEFT_A_CARD, name="orders_that_left_a_card"),
            models.Index(fields=["-window_ends_at", "id"], condition=IN_FORCE, name="orders_by_window"),
        )


class OrderStep(Guarded):
    """One step in the life of an order, for its timeline."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=20)
    at = models.DateTimeField()

    holds = Holds(NOT_PERSONAL, "id", "order", "state", "at", subject_path="order__subject")


class PaymentEvent(Guarded):
    """An event of the payment provider that was taken in, by allow-list, once (clause 2.4)."""

    event_id = models.CharField(max_length=100, primary_key=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.value) for kind in EventKind])
    minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "event_id",
        "order",
        "kind",
        "minor",
        "currency",
        "occurred_at",
        "received_at",
        subject_path="order__subject",
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["order"],
                condition=Q(kind=EventKind.REFUND_SUCCEEDED.value),
                name="orders_told_to_be_paid_back",
            ),
        )


CARD_TO_FETCH: Final = ~Q(mandate_from="") | ~Q(unwanted_from=[])
"""A subscription for which the provider is still to be asked what was left at a page."""


class Subscription(Guarded):
    """The life of an order's number, term by term, from its provision until it ends.

    `mandate_from` is the reference of the page where the customer left a card that is still to be fetched;
    `unwanted_from` those of pages whose card, if one was left there, is only to be forgotten at the provider.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="subscription")
    monthly_minor = models.BigIntegerField()
    term = models.CharField(max_length=5, choices=TERMS, default=Term.MONTH.value)
    period_minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    renews_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    renewing = models.BooleanField(default=True)
    mandate = models.ForeignKey(
        "shop.Mandate",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        related_query_name="subscriptions",
    )
    mandate_from = models.CharField(max_length=100, blank=True)
    unwanted_from = ArrayField(models.CharField(max_length=100), default=list)
    card_asked_at = models.DateTimeField(null=True)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "order",
        *("monthly_minor", "term", "period_minor", "currency"),
        *("mandate", "mandate_from", "unwanted_from", "card_asked_at"),
        renews_at=of_order(gettext_noop("Next payment"), "what is due is found by it"),
        ended_at=of_order(gettext_noop("Ended"), "what is due is found by it"),
        renewing=of_order(gettext_noop("Is renewed"), "what is due is found by it"),
        subject_path="order__subject",
        of_number="order__number",
        says_what_is=True,
    )

    class Meta:
        indexes = (
            models.Index(fields=["renews_at"], condition=Q(ended_at=None), name="subscriptions_going_on"),
            models.Index(fields=["card_asked_at"], condition=CARD_TO_FETCH, name="cards_to_fetch"),
        )
