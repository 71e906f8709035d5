"""A customer's renewals: the next payment, how it is paid, and how to stop it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, language
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, collecting, queries, renewal_queries
from ringfence.shop.provider import WayBack
from ringfence.shop.renewal_queries import RenewalView
from ringfence.shop.renewal_rules import GRACE, SUSPENSION, RenewalState

SECTION_ORDER = 15
SOON_SECONDS: Final = 3

STATES = {
    RenewalState.UPCOMING: gettext_lazy("Coming up"),
    RenewalState.SWITCHED_OFF: gettext_lazy("Switched off"),
    RenewalState.CHARGING: gettext_lazy("Being paid"),
    RenewalState.RETRYING: gettext_lazy("Refused, tried again"),
    RenewalState.GRACE: gettext_lazy("Not paid"),
    RenewalState.SUSPENDED: gettext_lazy("Not paid, number suspended"),
    RenewalState.PAID: gettext_lazy("Paid"),
    RenewalState.ENDED: gettext_lazy("Ended"),
    RenewalState.DROPPED: gettext_lazy("Not renewed"),
    RenewalState.CHARGED_BACK: gettext_lazy("Taken back by your bank"),
}
KINDS = {
    RenewalState.UPCOMING: "plain",
    RenewalState.SWITCHED_OFF: "plain",
    RenewalState.CHARGING: "due",
    RenewalState.RETRYING: "due",
    RenewalState.GRACE: "due",
    RenewalState.SUSPENDED: "broken",
    RenewalState.ENDED: "plain",
    RenewalState.DROPPED: "plain",
    RenewalState.CHARGED_BACK: "broken",
}

add_words(
    {
        "renewal.open_next": gettext_lazy("The next renewal of a number was noted"),
        "renewal.remind": gettext_lazy("You were reminded of a renewal"),
        "renewal.begin_charge": gettext_lazy("The payment provider was asked for a renewal"),
        "renewal.begin_page": gettext_lazy("You went on to pay a renewal"),
        "renewal.settle": gettext_lazy("The payment provider told us how a renewal stands"),
        "renewal.suspend": gettext_lazy("A number was suspended, since its renewal is not paid"),
        "renewal.wait": gettext_lazy(
            "A renewal waits while it is decided whether the account is closed, or goes on"
        ),
        "renewal.end": gettext_lazy("A number ended, since it was not renewed"),
        "renewal.switch_off": gettext_lazy("Renewal of a number was switched off"),
        "renewal.switch_on": gettext_lazy("Renewal of a number was switched on again"),
        "renewal.note_back": gettext_lazy("The payment provider told us how a refund stands"),
        "card.keep": gettext_lazy("The payment provider keeps a card for your renewals"),
        "card.remove": gettext_lazy("The payment provider was told to forget your card"),
    },
    {
        "renewal-reminder": gettext_lazy("your number will be renewed"),
        "renewal-paid": gettext_lazy("your number is renewed"),
        "renewal-failed": gettext_lazy("your card was refused"),
        "renewal-grace": gettext_lazy("your number is not paid for"),
        "renewal-suspended": gettext_lazy("your number is suspended"),
        "renewal-ended": gettext_lazy("your number has ended"),
        "renewal-off": gettext_lazy("renewal is switched off"),
        "renewal-charged-back": gettext_lazy("your bank has taken the payment of a renewal back"),
        "renewal-paid-back": gettext_lazy("your money for a renewal has been paid back"),
    },
)


def _shown(view: RenewalView, at: datetime) -> dict[str, Any]:
    return {
        "renewal": view,
        "place": places.country(view.country),
        "state": STATES[view.state],
        "tag": KINDS.get(view.state, ""),
        "payable": view.is_payable(at),
    }


def section(request: HttpRequest) -> tuple[str, dict[str, object]] | None:
    """Return the next payments for the account's first page; nothing where there are none."""
    at = clock.now()
    found = renewal_queries.next_payments(person_of(request), at)
    if not found:
        return None
    return "account/sections/renewals.html", {"rows": [_shown(view, at) for view in found]}


@require_safe
@customer_only
def renewals(request: HttpRequest) -> HttpResponse:
    """List the next payments, the first one due first."""
    at = clock.now()
    rows = [_shown(view, at) for view in renewal_queries.next_payments(person_of(request), at)]
    return render(request, "account/renewals/list.html", {"rows": rows})


def _of_order(request: HttpRequest, order: str) -> tuple[queries.OrderView, list[RenewalView]]:
    found = queries.order(order, person_of(request))
    if found is None:
        raise Http404
    views = renewal_queries.renewals_of_order(found.id, person_of(request), clock.now())
    if not views:
        raise Http404
    return found, views


@require_safe
@customer_only
def renewal(request: HttpRequest, order: str) -> HttpResponse:
    """Show the next payment of one number, and those before it."""
    found, views = _of_order(request, order)
    at, newest = clock.now(), views[0]
    came_back = "back" in request.GET
    waits = came_back and newest.is_open and (newest.waits or newest.card_expected)
    context = {
        **_shown(newest, at),
        "order": found,
        "past": [_shown(view, at) for view in views[1:] if not view.is_open]
        or ([] if newest.is_open else [_shown(newest, at)]),
        "waits": waits,
        "grace_days": GRACE.days,
        "suspension_days": SUSPENSION.days,
    }
    response = render(request, "account/renewals/renewal.html", context)
    if waits:
        response["Refresh"] = str(SOON_SECONDS)
    return response


def _way_back(order: str, country: str) -> WayBack:
    page = settings.PUBLIC_ORIGIN + reverse("account:renewal", args=[order])
    words = _("A phone number, %(country)s, renewed") % {"country": places.country(country)}
    return WayBack(success_url=f"{page}?back=1", cancel_url=page, description=words)


def _led_to(url: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


@sent_only
@customer_only
def pay(request: HttpRequest, order: str) -> HttpResponseBase:
    """Lead to the provider's page to pay a renewal by hand."""
    found, views = _of_order(request, order)
    try:
        page = collecting.open_pay_page(
            renewal=views[0].public_id,
            way_back=_way_back(order, found.country),
            language=language.of(request),
            keep_card=request.POST.get("keep_card") == "yes",
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("account:renewal", order=order)
    return _led_to(page.url)


@sent_only
@customer_only
def card(request: HttpRequest, order: str) -> HttpResponseBase:
    """Lead to the provider's page to leave another card; nothing is paid there."""
    found, _views = _of_order(request, order)
    try:
        page = collecting.open_card_page(
            order=order,
            way_back=_way_back(order, found.country),
            language=language.of(request),
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("account:renewal", order=order)
    return _led_to(page.url)


@sent_only
@customer_only
def card_remove(request: HttpRequest, order: str) -> HttpResponseBase:
    """Have the provider forget the card."""
    _of_order(request, order)
    actions.remove_card(order=order, by=actor_of(request), at=clock.now())
    messages.success(request, _("The payment provider forgets the card. You get a link to pay by instead."))
    return redirect("account:renewal", order=order)


@require_http_methods(["GET", "POST"])
@customer_only
def switch_off(request: HttpRequest, order: str) -> HttpResponseBase:
    """Ask once, saying until when the number rings; then switch renewal off."""
    found, views = _of_order(request, order)
    if request.method == "POST":
        with told(request, _("Renewal is switched off. Nothing more is charged.")):
            actions.switch_off(order=order, by=actor_of(request), at=clock.now())
        return redirect("account:renewal", order=order)
    if not views[0].can_switch_off():
        return redirect("account:renewal", order=order)
    context = {**_shown(views[0], clock.now()), "order": found}
    return render(request, "account/renewals/off.html", context)


@sent_only
@customer_only
def switch_on(request: HttpRequest, order: str) -> HttpResponseBase:
    """Renew again."""
    _of_order(request, order)
    with told(request, _("The number is renewed again when its time is up.")):
        actions.switch_on(order=order, by=actor_of(request), at=clock.now())
    return redirect("account:renewal", order=order)


urlpatterns = [
    path("account/renewals/", renewals, name="renewals"),
    path("account/renewals/<str:order>/", renewal, name="renewal"),
    path("account/renewals/<str:order>/pay/", pay, name="renewal_pay"),
    path("account/renewals/<str:order>/card/", card, name="renewal_card"),
    path("account/renewals/<str:order>/card/remove/", card_remove, name="renewal_card_remove"),
    path("account/renewals/<str:order>/off/", switch_off, name="renewal_off"),
    path("account/renewals/<str:order>/on/", switch_on, name="renewal_on"),
]
