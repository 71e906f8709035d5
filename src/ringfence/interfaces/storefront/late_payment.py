"""Somebody paid after their number was gone: the page with equal ones, and the two answers to it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.stock_words import CAPABILITIES
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, queries
from ringfence.telephony.equals import equal_to


def choices(order: queries.OrderView) -> list[dict[str, Any]]:
    """Return the numbers that can be taken instead, as they are shown."""
    found = equal_to(order.number) if order.number else []
    return [
        {
            "equal": equal,
            "place": ", ".join(part for part in (equal.area, places.country(equal.country)) if part),
            "capabilities": [
                CAPABILITIES.get(name, name) for name in sorted(equal.capabilities, reverse=True)
            ],
        }
        for equal in found
    ]


def _require_own(request: HttpRequest, order: str) -> None:
    if queries.order(order, person_of(request)) is None:
        raise Http404


@sent_only
@customer_only
def take_equal(request: HttpRequest, order: str, number: str) -> HttpResponseBase:
    """Take an equal number for what was paid."""
    _require_own(request, order)
    try:
        actions.choose_equal(order=order, number=number, by=actor_of(request), at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
    return redirect("storefront:done", order=order)


@sent_only
@customer_only
def money_back(request: HttpRequest, order: str) -> HttpResponseBase:
    """Take the money instead."""
    _require_own(request, order)
    with told(request, _("Your money is on its way back.")):
        actions.take_money_back(order=order, by=actor_of(request), at=clock.now())
    return redirect("storefront:done", order=order)
