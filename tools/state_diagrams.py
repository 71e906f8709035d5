"""The states of things, drawn from the tables that move them, for `docs/states.md`."""

from collections.abc import Collection, Mapping
from itertools import pairwise
from typing import Any

from ringfence.accounts import rules as accounts
from ringfence.privacy import policy_rules
from ringfence.privacy import retention_rules as retention
from ringfence.privacy import rules as privacy
from ringfence.privacy.authorities import rules as authority_rules
from ringfence.shop import paper_rules, refund_rules, renewal_rules
from ringfence.shop import rules as shop
from ringfence.support import notice_rules
from ringfence.support import ticket_rules as tickets
from ringfence.support.abuse import rules as abuse_rules
from ringfence.telephony import message_rules
from ringfence.telephony import rules as telephony


def _words(state: str) -> str:
    return state.replace("_", " ")


def _drawing(first: str, arrows: Collection[tuple[str, str, str]], states: Collection[str]) -> str:
    """A Mermaid diagram; an arrow is from, to, and what happens."""
    number = {state: f"s{place}" for place, state in enumerate(states)}
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{_words(state)}" as {name}' for state, name in number.items()]
    lines.append(f"    [*] --> {number[first]}")
    for start, end, event in arrows:
        label = f": {_words(event)}" if event else ""
        lines.append(f"    {number[start]} --> {number[end]}{label}")
    left = {start for start, _, _ in arrows}
    lines += [f"    {name} --> [*]" for state, name in number.items() if state not in left]
    return "\n".join([*lines, "```"])


def _by_event(moves: Mapping[tuple[Any, Any], Any], states: Collection[Any], first: str) -> str:
    return _drawing(first, [(start, end, event) for (start, event), end in moves.items()], list(states))


def _by_state(moves: Mapping[Any, Collection[Any]], first: str) -> str:
    order = list(moves)
    arrows = [(start, end, "") for start, ends in moves.items() for end in sorted(ends, key=order.index)]
    return _drawing(first, arrows, order)


def number() -> str:
    """The life of a phone number."""
    return _by_event(telephony.MOVES, telephony.NumberState, telephony.NumberState.AVAILABLE)


def number_import() -> str:
    """The steps of a file of numbers."""
    return _by_state(telephony.IMPORT_MOVES, telephony.ImportState.CHECKING)


def delivery() -> str:
    """The way of a message that is sent on."""
    states = message_rules.DeliveryState
    return _by_event(message_rules.DELIVERY_MOVES, states, states.WAITING)


def order() -> str:
    """The life of an order."""
    return _by_event(shop.MOVES, shop.OrderState, shop.FIRST_STATE)


def refund() -> str:
    """The life of a refund."""
    return _by_event(refund_rules.REFUND_MOVES, refund_rules.RefundStep, refund_rules.RefundStep.OWED)


def renewal() -> str:
    """The life of a renewal."""
    moves, states = renewal_rules.RENEWAL_MOVES, renewal_rules.RenewalState
    return _by_event(moves, states, states.UPCOMING)


def papers() -> str:
    """The life of the papers of an order."""
    return _by_event(paper_rules.PAPER_MOVES, paper_rules.PaperState, paper_rules.PaperState.WANTED)


def ticket() -> str:
    """The life of a ticket."""
    return _by_event(tickets.MOVES, tickets.TicketState, tickets.TicketState.OPEN)


def request() -> str:
    """The life of a request about somebody's data."""
    return _by_state(privacy.MOVES, privacy.RequestState.RECEIVED)


def erasure() -> str:
    """The steps of a deletion."""
    steps = [str(step) for step in privacy.ERASURE_STEPS]
    return _drawing(steps[0], [(one, other, "") for one, other in pairwise(steps)], steps)


def hold() -> str:
    """The life of a legal hold."""
    return _by_state(retention.HOLD_MOVES, retention.HoldState.ASKED)


def policy() -> str:
    """The life of a version of the policy."""
    return _by_state(policy_rules.VERSION_MOVES, policy_rules.VersionState.DRAFT)


def notice() -> str:
    """The life of a notice to customers."""
    return _by_state(notice_rules.NOTICE_MOVES, notice_rules.NoticeState.DRAFT)


def abuse() -> str:
    """The life of a case of abuse."""
    return _by_event(abuse_rules.ABUSE_MOVES, abuse_rules.AbuseState, abuse_rules.AbuseState.REPORTED)


def demand() -> str:
    """The life of a demand of an authority."""
    states = authority_rules.DemandState
    return _by_event(authority_rules.DEMAND_MOVES, states, states.RECEIVED)


def account() -> str:
    """The life of an account."""
    return _by_state(accounts.NEXT_STATES, accounts.PersonState.ACTIVE)


SOURCES = {
    "states-number": number,
    "states-import": number_import,
    "states-delivery": delivery,
    "states-order": order,
    "states-refund": refund,
    "states-renewal": renewal,
    "states-papers": papers,
    "states-ticket": ticket,
    "states-request": request,
    "states-erasure": erasure,
    "states-hold": hold,
    "states-policy": policy,
    "states-notice": notice,
    "states-abuse": abuse,
    "states-demand": demand,
    "states-account": account,
}
