"""What may be counted of numbers and calls (clause 3.1)."""

from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.statistics import register
from ringfence.privacy.statistics.register import Source
from ringfence.privacy.statistics.rules import Unit
from ringfence.telephony.call_days import kept_for
from ringfence.telephony.stock_queries import countries

_HAD_A_NUMBER: Final = """
SELECT had.subject, number.country, 1 FROM telephony_tenure AS had
JOIN telephony_number AS number ON number.id = had.number
WHERE had.began_at < %(end)s AND (had.ended_at IS NULL OR had.ended_at >= %(begin)s)
"""
_CALLS: Final = """
SELECT came.subject, number.country, came.count FROM (
    SELECT subject, number, count(*) FROM telephony_callrecord
    WHERE started_at >= %(begin)s AND started_at < %(end)s GROUP BY subject, number
) AS came JOIN telephony_number AS number ON number.id = came.number
"""


def enter() -> None:
    """Enter the customers there are, and the calls to their numbers."""
    register.enter(
        Source(
            "active",
            gettext_noop("Customers with a number"),
            Unit.CUSTOMER,
            countries,
            register.people(),
            _HAD_A_NUMBER,
            parts=4,
            adds_up=False,
            kept_for=kept_for,
        )
    )
    register.enter(
        Source(
            "calls",
            gettext_noop("Calls to customers' numbers"),
            Unit.CUSTOMER,
            countries,
            register.amounts(quarter=400, month=150, week=50),
            _CALLS,
            parts=3,
            kept_for=kept_for,
        )
    )
