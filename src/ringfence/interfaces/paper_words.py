"""Papers that a number needs, in words: what will do, why, who sees it, how they stand."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.shop.paper_rules import KEPT_AFTER, SEND_WITHIN, PaperState
from ringfence.telephony.rules import DocumentKind

KINDS: Final = {
    DocumentKind.IDENTITY: gettext_lazy("Proof of identity"),
    DocumentKind.ADDRESS: gettext_lazy("Proof of address"),
    DocumentKind.COMPANY: gettext_lazy("Proof of the company"),
}
WHAT_WILL_DO: Final = {
    DocumentKind.IDENTITY: gettext_lazy(
        "A passport, a national identity card or a driving licence. Cover what is not asked for: we need name, photo"
        " and date of expiry."
    ),
    DocumentKind.ADDRESS: gettext_lazy(
        "A bill or an official letter of the last three months, with your name and address on it."
    ),
    DocumentKind.COMPANY: gettext_lazy(
        "An extract from the register of companies, not older than three months."
    ),
}
STATES: Final = {
    PaperState.WANTED: gettext_lazy("Waiting for your documents"),
    PaperState.SENT: gettext_lazy("Your documents are being looked at"),
    PaperState.REFUSED: gettext_lazy("New documents are needed"),
    PaperState.APPROVED: gettext_lazy("Documents approved"),
    PaperState.DENIED: gettext_lazy("Documents refused for good"),
    PaperState.MISSED: gettext_lazy("Documents did not come in time"),
    PaperState.STOPPED: gettext_lazy("The order ended before a decision"),
}


def named(kinds: Iterable[str]) -> list[dict[str, str]]:
    """Return each kind of paper with its code, its name and what will do."""
    return [
        {"kind": kind, "name": str(KINDS[DocumentKind(kind)]), "what": str(WHAT_WILL_DO[DocumentKind(kind)])}
        for kind in kinds
    ]


def terms(kinds: Iterable[str]) -> dict[str, object]:
    """Return what a customer is told before paying for a number that needs papers; empty for one that needs none."""
    found = named(kinds)
    if not found:
        return {}
    days = {"days": SEND_WITHIN.days, "kept": KEPT_AFTER.days}
    return {
        "kinds": found,
        "why": _("The country’s rules for phone numbers ask us to see them before the number may be used."),
        "when": _("You send them after paying, within %(days)s days; the number is kept for you meanwhile.")
        % days,
        "who": _("Only members of our staff who check documents see them, and you can read when they did."),
        "kept": _("They are stored sealed, and destroyed %(kept)s days after the decision.") % days,
        "otherwise": _("If they are not approved, you get all of your money back."),
    }
