"""The settings of requests about personal data: what a further copy costs, where the law lets it cost anything."""

from dataclasses import dataclass

from ringfence.config import parsing_fees
from ringfence.config.declaring import declare
from ringfence.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class RequestSettings:
    """What the pages and actions of requests need to know."""

    copy_fees: tuple[tuple[str, Money], ...] = declare(
        "RINGFENCE_COPY_FEES",
        parsing_fees.fees,
        (),
        "What a further copy of one's data within a year costs, by country of the customer, as US=10.00 USD, separated"
        " by commas. A first copy is free wherever the GDPR applies, whatever stands here.",
    )
