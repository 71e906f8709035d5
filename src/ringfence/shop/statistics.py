"""What may be counted of orders: the people who ordered, not the orders (clause 3.1)."""

from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.statistics import register
from ringfence.privacy.statistics.register import Source
from ringfence.privacy.statistics.rules import Unit
from ringfence.telephony.stock_queries import countries

_ORDERED: Final = """
SELECT subject, number_country, 1 FROM shop_order WHERE provided_at >= %(begin)s AND provided_at < %(end)s
"""


def enter() -> None:
    """Enter the customers who ordered."""
    register.enter(
        Source(
            "ordered",
            gettext_noop("Customers who ordered a number"),
            Unit.CUSTOMER,
            countries,
            register.people(),
            _ORDERED,
            parts=3,
        )
    )
