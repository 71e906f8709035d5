"""From the choice to the payment provider's page, and back."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.accounts.actions import set_profile
from ringfence.accounts.queries import Profile, profile_of
from ringfence.interfaces import clock, errors, language, paper_words
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.storefront import agreed_price, late_payment, places
from ringfence.interfaces.storefront.forms import BusinessForm, BuyerForm
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy
from ringfence.shop import actions, provider, queries
from ringfence.shop.buyers import buyer_of
from ringfence.shop.rules import HOLD, OrderState
from ringfence.support.abuse import queries as abuse
from ringfence.telephony import queries as telephony

SOON_SECONDS: Final = 2
LATER_SECONDS: Final = 10
PATIENT_FOR: Final = timedelta(seconds=30)


def _order(request: HttpRequest, order: str) -> queries.OrderView:
    found = queries.order(order, person_of(request))
    if found is None:
        raise Http404
    return found


def _profile(request: HttpRequest) -> Profile:
    found = profile_of(person_of(request))
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@customer_only
def choose(request: HttpRequest, number: str) -> HttpResponseBase:
    """Hold a number for ten minutes. Coming back from signing in, ask once more: looking changes nothing."""
    if request.method == "GET":
        return redirect("storefront:number", number=number)
    if abuse.is_closing(person_of(request)):
        messages.error(request, _("Your account is about to be closed, so you cannot buy a number now."))
        return redirect("account:abuse")
    try:
        order = actions.place(
            subject=person_of(request),
            number=number,
            by=actor_of(request),
            at=clock.now(),
            language=language.of(request),
            currency=request.POST.get("currency", ""),
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("storefront:number", number=number)
    return redirect("storefront:checkout", order=order)


@require_http_methods(["GET", "POST"])
@customer_only
def check_out(request: HttpRequest, order: str) -> HttpResponseBase:
    """Show what is bought, at what price and on what terms; ask for what is not known yet."""
    found, profile = _order(request, order), _profile(request)
    if not found.is_payable(clock.now()):
        return redirect("storefront:done", order=order)
    form = BuyerForm(profile, request.POST or None)
    business = BusinessForm(profile, request.POST if "vat_number" in request.POST else None)
    asked = business if business.is_bound else form
    if request.method == "POST" and asked.is_valid():
        try:
            set_profile(person=profile.id, by=actor_of(request), at=clock.now(), **asked.facts())
        except Refusal as refused:
            asked.add_error(None, errors.sentence(refused))
        else:
            return redirect(reverse("storefront:checkout", args=[order]) + _chosen(request))
    return _checkout_page(request, found, profile, form, business=business)


def _chosen(request: HttpRequest) -> str:
    query = request.GET.urlencode()
    return f"?{query}" if query else ""


def _checkout_page(
    request: HttpRequest, found: queries.OrderView, profile: Profile, form: BuyerForm, **more: Any
) -> HttpResponse:
    at = clock.now()
    ready = profile.complete_for_orders and not form.fields
    buyer = buyer_of(profile)
    window = (
        queries.window_if_provided(
            at=at, country=buyer.country, consumer=buyer.consumer, time_zone=profile.time_zone
        )
        if ready
        else None
    )
    in_force = policy.in_force(at)
    context = {
        "order": found,
        "place": places.country(found.country),
        "offered": agreed_price.offered(found, profile, request.GET, at),
        "buyer": buyer,
        "buyer_country": places.country(buyer.country),
        "seller_country": places.country(settings.SELLER_COUNTRY),
        "profile": profile,
        "form": form,
        "ready": ready,
        "window": window,
        "last_moment": window.ends_at - timedelta(minutes=1) if window else None,
        "version": in_force.number if in_force else None,
        "now": at,
        "seconds": max(0, int((found.held_until - at).total_seconds())),
        "whole_hold": int(HOLD.total_seconds()),
        "business": BusinessForm(profile),
        "keep_card": request.POST.get("keep_card") == "yes",
        "paper_terms": paper_words.terms(_papers_needed(found)),
        **more,
    }
    return render(request, "storefront/checkout.html", context, status=more.get("status", HTTPStatus.OK))


def _papers_needed(found: queries.OrderView) -> tuple[str, ...]:
    offer = telephony.offer(found.number) if found.number else None
    return offer.documents if offer else ()


def _way_back(found: queries.OrderView) -> provider.WayBack:
    """Return the provider's way back: made of the order alone, so that it is the same each time."""
    with translation.override(found.language):
        return provider.WayBack(
            success_url=settings.PUBLIC_ORIGIN + reverse("storefront:done", args=[found.public_id]),
            cancel_url=settings.PUBLIC_ORIGIN + reverse("storefront:not_paid", args=[found.public_id]),
            description=_("A phone number, %(country)s") % {"country": places.country(found.country)},
        )


@sent_only
@customer_only
def pay(request: HttpRequest, order: str) -> HttpResponseBase:
    """Fix the order and lead to the payment provider's own page; the same page when it is asked for again."""
    found = _order(request, order)
    by, at = actor_of(request), clock.now()
    try:
        actions.check_out(
            order=order,
            term=agreed_price.term_in(request.POST),
            shown=agreed_price.amount_shown(request.POST),
            language=language.of(request),
            keep_card=request.POST.get("keep_card") == "yes",
            by=by,
            at=at,
        )
        found = _order(request, order)
        page = provider.open_page(order=order, way_back=_way_back(found), by=by, at=at)
    except Refusal as refused:
        if not found.is_payable(at):
            return redirect("storefront:done", order=order)
        return _not_ordered(request, found, refused)
    response = HttpResponseRedirect(page.url)
    response.status_code = HTTPStatus.SEE_OTHER
    return response


def _not_ordered(request: HttpRequest, found: queries.OrderView, refused: Refusal) -> HttpResponse:
    """Show the checkout again, with what stood in the way; where the price differed, with the new one and why."""
    profile = _profile(request)
    currency = agreed_price.amount_shown(request.POST).currency
    again = agreed_price.offered(found, profile, request.POST, clock.now(), currency)
    more: dict[str, Any] = {"trouble": errors.sentence(refused), "offered": again}
    if refused.code == "order.price_changed" and again.chosen:
        more["changes"] = agreed_price.what_changed(request.POST, again.chosen)
    gone = refused.code == "payment.unavailable"
    more["status"] = HTTPStatus.SERVICE_UNAVAILABLE if gone else HTTPStatus.CONFLICT
    return _checkout_page(request, found, profile, BuyerForm(profile), **more)


@sent_only
@customer_only
def let_go(request: HttpRequest, order: str) -> HttpResponseBase:
    """Let the number go before paying."""
    found = _order(request, order)
    try:
        provider.give_up(order=order, by=actor_of(request), at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("storefront:done", order=order)
    messages.success(request, _("You have let the number go. Nothing was charged."))
    return redirect(f"{reverse('storefront:home')}?country={found.country}")


@require_safe
@customer_only
def done(request: HttpRequest, order: str) -> HttpResponseBase:
    """Say how the order stands after the payment page; while the payment is being decided, look again by itself."""
    found, at = _order(request, order), clock.now()
    if found.state is OrderState.HELD and found.is_payable(at):
        return redirect("storefront:checkout", order=order)
    if found.state is OrderState.PAID:
        return redirect("account:papers", order=order)
    waited = at - found.steps[-1].at
    context = {
        "order": found,
        "place": places.country(found.country),
        "destination": _numbers_page(found),
        "waited": int(min(waited, PATIENT_FOR).total_seconds()),
        "patient": int(PATIENT_FOR.total_seconds()),
        "equals": late_payment.choices(found) if found.is_choosing(at) else [],
    }
    response = render(request, _page_of(found), context)
    if found.state is OrderState.AWAITING_PAYMENT:
        response["Refresh"] = str(SOON_SECONDS if waited < PATIENT_FOR else LATER_SECONDS)
    return response


def _page_of(found: queries.OrderView) -> str:
    if found.state is OrderState.AWAITING_PAYMENT:
        return "storefront/waiting.html"
    if found.state is OrderState.CHOOSING:
        return "storefront/choose_equal.html"
    if found.state is OrderState.ACTIVE:
        return "storefront/yours.html"
    return "storefront/failed.html" if found.state is OrderState.FAILED else "storefront/too_late.html"


def _numbers_page(found: queries.OrderView) -> str:
    """Return where the number is pointed somewhere, or nothing while there is no such page."""
    try:
        return reverse("account:number", args=[found.number_id])
    except NoReverseMatch:
        return ""


@require_safe
@customer_only
def not_paid(request: HttpRequest, order: str) -> HttpResponseBase:
    """Back from the payment page without having paid: go on, or let the number go."""
    found, at = _order(request, order), clock.now()
    if not found.is_payable(at):
        return redirect("storefront:done", order=order)
    if found.state is OrderState.HELD:
        return redirect("storefront:checkout", order=order)
    context = {
        "order": found,
        "now": at,
        "seconds": max(0, int((found.held_until - at).total_seconds())),
        "whole_hold": int(HOLD.total_seconds()),
    }
    return render(request, "storefront/not_paid.html", context)
