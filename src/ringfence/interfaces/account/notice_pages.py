"""What was told to a customer by notices, whether they want news, and an address that takes no letters (clause 2.2)."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.accounts import actions, post_queries
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.language import of_page
from ringfence.interfaces.notice_words import DELIVERIES
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.privacy.consent import news
from ringfence.privacy.consent.rules import Means
from ringfence.support.notices import queries as notices
from ringfence.support.notices import unsubscribing

SECTION_ORDER = 1
ANSWERS: Final = {"yes": True, "no": False}

add_words(
    {
        "accounts.letter_returned": gettext_lazy("A letter of ours to you came back"),
        "accounts.letter_unwanted": gettext_lazy("Your mail provider told us that you did not want a letter"),
        "accounts.trust_address": gettext_lazy("You said that your e-mail address is right"),
        "notice.send": gettext_lazy("We sent you a notice"),
        "privacy.choose_news": gettext_lazy("You answered whether you want news"),
    },
    letters={
        "notice": gettext_lazy("a notice about the service"),
        "notice-news": gettext_lazy("news"),
    },
)


@customer_only
@require_safe
def notices_to_me(request: HttpRequest) -> HttpResponse:
    """Show every notice, newest first, with what became of the letter, and the answer about news."""
    person, language = person_of(request), of_page()
    around = {
        "notices": [(one, DELIVERIES[one.delivery]) for one in notices.notices_of(person, language)],
        "question": news.question(language),
        "wanted": news.is_wanted(person, clock.now()),
    }
    return render(request, "account/notices.html", around)


@sent_only
@customer_only
def choose_news(request: HttpRequest) -> HttpResponse:
    """Take an answer about news."""
    yes = ANSWERS.get(request.POST.get("answer", ""), False)
    said = _("You get news from now on.") if yes else _("You get no more news.")
    with told(request, said):
        unsubscribing.say(
            person=person_of(request), yes=yes, means=Means.ACCOUNT, by=actor_of(request), at=clock.now()
        )
    return redirect("account:notices")


@sent_only
@customer_only
def address_is_right(request: HttpRequest) -> HttpResponse:
    """Let letters go to the address again."""
    with told(request, _("We write to this address again.")):
        actions.trust_address(person=person_of(request), by=actor_of(request), at=clock.now())
    return redirect("account:home")


def section(request: HttpRequest) -> Part | None:
    """Say on the first page that letters come back, with what to do about it."""
    since = post_queries.unreachable_since(person_of(request))
    return ("account/sections/unreachable.html", {"since": since}) if since else None


urlpatterns = [
    path("account/notices/", notices_to_me, name="notices"),
    path("account/notices/news/", choose_news, name="choose_news"),
    path("account/details/address-is-right/", address_is_right, name="address_is_right"),
]
