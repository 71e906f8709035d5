"""Why staff look at a customer: asked once, remembered for a while, shown to the customer (clause 2.1)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from ringfence.accounts.rules import PURPOSES
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of
from ringfence.kernel.actor import Actor

SAID_AT_THE_DESK: Final = {
    "customer-called": gettext_lazy("The customer called"),
    "customer-wrote": gettext_lazy("The customer wrote"),
    "request": gettext_lazy("To carry out a request of the customer's"),
    "order": gettext_lazy("To help with an order or a refund"),
    "papers": gettext_lazy("To look at documents that a number needs"),
    "fault": gettext_lazy("To find a fault in the service"),
    "abuse": gettext_lazy("To look into a report of abuse"),
    "group": gettext_lazy("To hand it to a company of our group"),
    "law": gettext_lazy("A duty by law"),
}
"""The purposes in the words of staff; the customer reads those of `PURPOSES`."""
STATED = "purposes"
HOLDS_FOR = timedelta(minutes=30)


def state(request: HttpRequest, person: UUID, purpose: str) -> Actor:
    """Remember why a customer is looked at, and return the actor who looks. Raises ValueError."""
    if purpose not in PURPOSES:
        raise ValueError("not one of the purposes")
    stated = request.session.get(STATED, {})
    request.session[STATED] = {**stated, str(person): [purpose, clock.now().isoformat()]}
    return actor_of(request).for_purpose(purpose)


def actor_looking_at(request: HttpRequest, person: UUID) -> Actor | None:
    """Return the actor with the purpose stated for a customer, or None when it must be stated (again)."""
    purpose, said_at = request.session.get(STATED, {}).get(str(person), ("", ""))
    if purpose not in PURPOSES or clock.now() - datetime.fromisoformat(said_at) > HOLDS_FOR:
        return None
    return actor_of(request).for_purpose(purpose)
