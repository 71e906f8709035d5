"""What a customer has said yes or no to, visits counted and news: seen, proven, and taken back all at once."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.storefront.cookie_page import receipt_file
from ringfence.privacy.consent import actions, news, queries, receipts
from ringfence.privacy.consent.rules import Means
from ringfence.support.notices import unsubscribing

add_words(
    {
        "privacy.choose_cookies": gettext_lazy("You answered whether your visits may be counted"),
        "privacy.join_consents": gettext_lazy("What you had answered in this browser became yours"),
        "privacy.withdraw_consents": gettext_lazy("You took back every yes"),
    }
)


@customer_only
@require_safe
def consents(request: HttpRequest) -> HttpResponse:
    """Show every choice, newest first."""
    found = queries.consents_of(person_of(request), clock.now())
    return render(
        request, "account/consents.html", {"consents": found, "given": any(one.is_given for one in found)}
    )


@sent_only
@customer_only
def take_back(request: HttpRequest) -> HttpResponse:
    """Take back every yes."""
    person, by, at = person_of(request), actor_of(request), clock.now()
    is_read = news.is_wanted(person, at)
    if is_read:
        unsubscribing.say(person=person, yes=False, means=Means.ACCOUNT, by=by, at=at)
    if actions.withdraw(subject=person, by=by, at=at) or is_read:
        messages.success(request, _("Every yes is taken back: you are not counted, and get no news."))
    else:
        messages.info(request, _("There was no yes to take back: you are not counted, and get no news."))
    return redirect("account:consents")


@customer_only
@require_safe
@never_cache
def receipt(request: HttpRequest, record: str) -> HttpResponse:
    """Hand over what proves one choice."""
    found = receipts.of_record(person_of(request), record, clock.now())
    if found is None:
        raise Http404
    return receipt_file(found)


@customer_only
@require_safe
@never_cache
def receipt_of_all(request: HttpRequest) -> HttpResponse:
    """Hand over what proves all choices."""
    found = receipts.of_person(person_of(request), clock.now())
    if found is None:
        raise Http404
    return receipt_file(found)


urlpatterns = [
    path("account/data/consents/", consents, name="consents"),
    path("account/data/consents/take-back/", take_back, name="consents_take_back"),
    path("account/data/consents/receipt/", receipt_of_all, name="consents_receipt"),
    path("account/data/consents/<str:record>/receipt/", receipt, name="consent_receipt"),
]
