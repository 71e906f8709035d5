"""How long each retention class is kept, in words, with the figures of the facts."""

from collections.abc import Mapping
from typing import Final

from ringfence.privacy.policy_text.clause import Language, Title, filled

KEPT: Final[Mapping[str, Title]] = {
    "account": Title(
        "så lenge du er kunde, og {account_days:dag|dager} etterpå",
        "while you are a customer, and {account_days:day|days} after",
    ),
    "access": Title("{access_days:dag|dager}", "{access_days:day|days}"),
    "traffic": Title(
        "{traffic_days:dag|dager} etter samtalen",
        "{traffic_days:day|days} after the call",
    ),
    "messages": Title(
        "{messages_days:dag|dager}, eller til du sletter det",
        "{messages_days:day|days}, or until you delete it",
    ),
    "support": Title(
        "{support_years:år|år} etter at saken er avsluttet",
        "{support_years:year|years} after the case is closed",
    ),
    "books": Title(
        "{books_years:år|år} etter at regnskapsåret er slutt",
        "{books_years:year|years} after the end of the financial year",
    ),
    "consent": Title(
        "{consent_years:år|år} etter at det tok slutt",
        "{consent_years:year|years} after it ended",
    ),
    "papers": Title(
        "{papers_days:dag|dager} etter avgjørelsen",
        "{papers_days:day|days} after the decision",
    ),
    "held": Title(
        "så lenge loven pålegger det, med en dato for når det slutter",
        "while a law requires it, with a date on which that ends",
    ),
}
"""By the name of the retention class."""

LINKS: Final = Title("like lenge som det de hører til", "as long as what they belong to")
"""Of references between records, which every class has."""


def kept(retention_class: str, facts: Mapping[str, str], language: Language) -> str:
    """Return how long a class is kept. Raises KeyError for a class without words, or a missing fact."""
    return filled(getattr(KEPT[retention_class], language), facts, language)
