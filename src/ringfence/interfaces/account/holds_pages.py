"""What a law makes us keep of a customer past its end, for them to see (clause 2.8)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, hold_words
from ringfence.interfaces.access import customer_only, person_of
from ringfence.interfaces.account.history_words import add_words

add_words(
    {
        "holds.ask": gettext_lazy("One of us asked to keep some of your data longer, as a law allows"),
        "holds.confirm": gettext_lazy("Some of your data is kept longer, as a law asks"),
        "holds.reveal": gettext_lazy(
            "We told you what is kept longer of your data, as no law forbids it any more"
        ),
        "holds.look_at": gettext_lazy("What is kept longer of your data, and why, was looked at"),
        "holds.ask_end": gettext_lazy("One of us asked to end early what is kept longer of your data"),
        "holds.keep": gettext_lazy("What is kept longer of your data stays until its date"),
        "holds.end": gettext_lazy("What was kept longer by law is gone"),
        "authorities.hand_over": gettext_lazy(
            "Data about you was handed to an authority, as a law obliged us to"
        ),
        "authorities.tell": gettext_lazy(
            "We told you what was handed to an authority, as no law forbids it any more"
        ),
        "accounts.announce_end": gettext_lazy("Your account came out of use, and we wrote to you"),
        "accounts.stay": gettext_lazy("Your account stays: it is in use again"),
    },
    {
        "hold-placed": gettext_lazy("some of your data is kept longer"),
        "hold-told": gettext_lazy("some of your data was kept longer"),
        "authority-told": gettext_lazy("data about you was handed to an authority"),
        "account-ending": gettext_lazy("your account ends unless you sign in"),
    },
)


@customer_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show what is kept back, by which law, until when, and where to complain."""
    rows = [hold_words.shown(one) for one in hold_words.of_customer(person_of(request), clock.now())]
    by_others = any(not row["is_own"] for row in rows)
    return render(request, "account/holds.html", {"rows": rows, "by_others": by_others})


urlpatterns = [path("account/data/holds/", listed, name="holds")]
