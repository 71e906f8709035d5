"""Who gets personal data through the shop: the payment provider, and whoever the books must be shown to."""

from typing import Final
from uuid import UUID

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.disclosure import everyday
from ringfence.privacy.recipients import Part, Recipient, enter, host_of
from ringfence.shop.models import Order, RenewalPayment

STRIPE: Final = "checkout.stripe.com"


def _provider() -> str:
    return "Stripe" if host_of(settings.PAYMENT_ORIGIN) == STRIPE else ""


def _provider_site() -> str:
    return "https://stripe.com/privacy" if _provider() else ""


def _payments(subject: UUID) -> everyday.Given:
    orders = Order.objects.filter(subject=subject, payment_reference__isnull=False)
    renewals = RenewalPayment.objects.filter(renewal__subscription__order__subject=subject)
    return everyday.of_rows(orders, "placed_at") + everyday.of_rows(renewals, "opened_at")


def enter_recipients() -> None:
    """Enter them."""
    everyday.enter("payments", _payments)
    enter(
        Recipient(
            "payments",
            gettext_noop("The payment provider"),
            Part.CONTROLLER,
            gettext_noop(
                "The amount, the number that is paid for, and a random reference; the rest you type there"
            ),
            gettext_noop("You pay on its page, and refunds go back through it"),
            "2.4",
            "GDPR art. 6(1)(b)",
            fields=("shop.Order.gross_minor", "shop.Order.currency", "shop.Order.e164"),
            name=_provider,
            site=_provider_site,
        )
    )
    enter(
        Recipient(
            "books",
            gettext_noop("Accountant, auditor and tax authority"),
            Part.CONTROLLER,
            gettext_noop("What an invoice must show"),
            gettext_noop("Bookkeeping law asks for it"),
            "2.8",
            "GDPR art. 6(1)(c)",
            fields=(
                "shop.BookEntry.booked_at",
                "shop.BookEntry.buyer_name",
                "shop.BookEntry.buyer_address",
                "shop.BookEntry.buyer_vat_number",
                "shop.BookEntry.what",
                "shop.BookEntry.gross_minor",
            ),
        )
    )
