"""The nodes of the edge in words: how each stands, and what it counts."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ringfence.telephony.node_queries import NodeState

STATES: Final[dict[NodeState, Promise]] = {
    NodeState.FOLLOWS: _("Up to date"),
    NodeState.LATE: _("Behind"),
    NodeState.LOADS: _("Loads everything"),
    NodeState.ANEW: _("Being published"),
    NodeState.DOES_NOT_ANSWER: _("Switch does not answer"),
    NodeState.SILENT: _("Silent"),
}
TONES: Final[dict[NodeState, str]] = {
    NodeState.LATE: "due",
    NodeState.LOADS: "due",
    NodeState.ANEW: "due",
    NodeState.DOES_NOT_ANSWER: "broken",
    NodeState.SILENT: "broken",
}
WHAT_TO_DO: Final[dict[NodeState, Promise]] = {
    NodeState.LATE: _(
        "Changes take longer than ten seconds to reach it. If this lasts, look at the load of its machine."
    ),
    NodeState.LOADS: _("It does not take calls before it knows every number. Nothing has to be done."),
    NodeState.DOES_NOT_ANSWER: _(
        "Its publisher works and keeps every change for its next start. Look at the switch on its machine."
    ),
    NodeState.SILENT: _(
        "Nothing was heard of it for half a minute. It may still take calls, by what it knew last. Look at its"
        " machine; if it is gone for good, forget it."
    ),
}
Counted = tuple[Promise, Promise, int]
"""What is counted, what that means, and how often it was."""

COUNTERS: Final[dict[str, tuple[Promise, Promise]]] = {
    "placed_calls": (_("Calls placed"), _("Rang at least one destination.")),
    "forwarded_calls": (_("Calls forwarded"), _("Left for another phone number.")),
    "unplaceable_calls": (_("Calls that rang nowhere"), _("The number had no destination at that moment.")),
    "unknown_numbers": (_("Unknown numbers"), _("Called, and not ours or not sold: 404.")),
    "suspended_numbers": (_("Suspended numbers"), _("Called while suspended: 403.")),
    "quarantined_numbers": (_("Numbers at rest"), _("Called between two customers: 410.")),
    "over_limit": (_("Too many calls at once"), _("For one number or one customer: 486.")),
    "capped_forwards": (_("Forwards cut off"), _("By the limit on forwarding, which bounds fraud.")),
    "loops": (_("Calls in a circle"), _("Came back to a number that had forwarded them: 482.")),
    "node_full": (_("Refused when full"), _("The node itself had no room; the carrier goes elsewhere: 503.")),
    "registrations": (_("Phones registered"), _("Proofs accepted, each renewal counted.")),
    "failed_registrations": (_("Wrong passwords"), _("Proofs of phones that were refused.")),
    "banned_registrations": (
        _("Guessing cut off"),
        _("Not heard for minutes after too many wrong passwords."),
    ),
    "strangers": (_("Strangers refused"), _("Not from a carrier: met with silence.")),
    "unproven_trunks": (
        _("Carriers without proof"),
        _("Came over TLS without the certificate that is asked for."),
    ),
    "floods": (_("Floods cut off"), _("Strangers that sent more than a hundred requests a second.")),
    "malformed": (_("Malformed messages"), _("Not SIP, and dropped.")),
}


def counted(counters: Mapping[str, int]) -> tuple[list[Counted], list[Counted]]:
    """Return what a node has counted since it started, in words, and what it has not come upon yet.

    A counter of another release is left out.
    """
    known = [(*words, counters[name]) for name, words in COUNTERS.items() if name in counters]
    return [one for one in known if one[2]], [one for one in known if not one[2]]
