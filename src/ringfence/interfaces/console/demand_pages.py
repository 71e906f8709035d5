"""Staff see what letters were taken to ask for, why, and correct it; what they correct is counted (clause 4.2).

A list shows no words of anybody. A letter is opened by a button, and its writer, when a customer, reads of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors, request_words
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.console.queues import BROKEN, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import queries as requests
from ringfence.privacy.requests.queries import RequestView
from ringfence.privacy.rules import RequestKind
from ringfence.support import correcting, queries
from ringfence.support.promises import ANSWERED_WITHIN
from ringfence.support.queries import LetterAsking
from ringfence.support.tickets.queries import TicketOpened

SECTION_ORDER = 21
PURPOSE: Final = "request"
SURE: Final = "sure"
ON_A_PAGE: Final = 25
ON_A_CARD: Final = 5
CHOICES: Final = {
    "asking": gettext_lazy("That ask for something"),
    "silent": gettext_lazy("In which nothing was seen"),
    "corrected": gettext_lazy("Corrected"),
    "all": gettext_lazy("All"),
    "automatic": gettext_lazy("Automatic answers"),
}


@staff_only(*correcting.CORRECTORS)
@require_safe
def demands(request: HttpRequest) -> HttpResponse:
    """List letters to us with what they ask for, the newest first."""
    chosen = request.GET.get("which", "asking")
    which = chosen if chosen in CHOICES else "asking"
    start = _start(request.GET.get("from", ""))
    found = queries.letters_to_us(which, start, ON_A_PAGE + 1)
    around = {
        "rows": [_shown(one) for one in found[:ON_A_PAGE]],
        "which": which,
        "choices": list(CHOICES.items()),
        "further": start + ON_A_PAGE if len(found) > ON_A_PAGE else 0,
        "figures": queries.corrections(clock.now() - ANSWERED_WITHIN),
    }
    return render(request, "console/demands.html", around)


def _start(text: str) -> int:
    return min(int(text), 1_000_000) if text.isascii() and text.isdecimal() else 0


def _words(kinds: Sequence[str]) -> list[Any]:
    return [request_words.ASKED_OF_US[RequestKind(kind)] for kind in kinds]


def _shown(one: LetterAsking) -> dict[str, Any]:
    return {
        "letter": one,
        "demands": _words(one.demands),
        "unheeded": _words(one.unheeded),
        "missed": _words(one.missed),
        "wrong": _words(one.wrong),
        "customer": public_id("cus", one.person) if one.person else "",
    }


def _letter(letter: UUID) -> LetterAsking:
    found = queries.letter_to_us(letter)
    if found is None:
        raise Http404
    return found


def _staff(request: HttpRequest) -> Actor:
    """Return the actor who reads a letter; the customer reads the purpose."""
    return actor_of(request).for_purpose(PURPOSE)


@staff_only(*correcting.CORRECTORS)
@require_safe
def demand(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Show what one letter was taken to ask for, without its words: a button opens those."""
    return render(request, "console/demand.html", _around(_letter(letter)))


@sent_only
@staff_only(*correcting.CORRECTORS)
def read(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Open a letter, with the sentences that were understood; a customer reads of it."""
    found = _letter(letter)
    try:
        opened = correcting.look(letter=letter, by=_staff(request), at=clock.now())
    except Refusal as refused:
        return render(
            request, "console/demand.html", _around(found) | {"wrong": errors.sentence(refused)}, status=422
        )
    reasons = [
        {
            "what": request_words.ASKED_OF_US[one.kind],
            "sentence": one.sentence,
            "words": " · ".join(one.words),
        }
        for one in opened.reasons
    ]
    return render(request, "console/demand.html", _around(found) | {"text": opened.text, "reasons": reasons})


def _around(found: LetterAsking) -> dict[str, Any]:
    """Return what the page and the card of a letter show: each kind, its request, and what can be corrected."""
    of_person = requests.requests_of(found.person) if found.person else []
    rows = [
        {
            "kind": kind,
            "what": request_words.ASKED_OF_US[RequestKind(kind)],
            "request": (begun := _begun(of_person, kind, found.received_at)),
            "words": request_words.STATES[begun.state] if begun else "",
            "by_us": kind in found.missed,
        }
        for kind in found.demands
    ]
    rest = [kind for kind in correcting.CORRECTED if kind not in {*found.demands, *found.unheeded}]
    return {
        "row": _shown(found),
        "rows": rows,
        "left": [(kind, request_words.ASKED_OF_US[RequestKind(kind)]) for kind in found.unheeded],
        "others": [(str(kind), request_words.ASKED_OF_US[kind]) for kind in rest],
    }


def _begun(of_person: Sequence[RequestView], kind: str, at: datetime) -> RequestView | None:
    """Return the request that a letter began or joined."""
    fitting = (one for one in of_person if one.kind == kind and one.received_at <= at)
    return next((one for one in fitting if one.closed_at is None or one.closed_at >= at), None)


def _kind(request: HttpRequest) -> RequestKind:
    try:
        found = RequestKind(request.POST.get("kind", ""))
    except ValueError:
        raise Http404 from None
    if found not in correcting.CORRECTED:
        raise Http404
    return found


@sent_only
@staff_only(*correcting.CORRECTORS)
def missed(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Say that the letter asks for something that was not seen in it. Before strangers are written to, it is asked."""
    found, kind = _letter(letter), _kind(request)
    if found.person is None and SURE not in request.GET:
        around = {"row": _shown(found), "kind": kind, "what": request_words.ASKED_OF_US[kind], "sure": SURE}
        return render(request, "console/demand_stranger.html", around)
    words = (
        _("Noted. It is a request now, and its time limit runs from the moment the letter came.")
        if found.person
        else _(
            "Noted. Its writer gets a letter: we know no customer with this address, and what they can do."
        )
    )
    with told(request, words):
        correcting.add_missed(letter=letter, kind=kind, by=_staff(request), at=clock.now())
    return redirect("console:demand", letter)


@sent_only
@staff_only(*correcting.CORRECTORS)
def wrong(request: HttpRequest, letter: UUID) -> HttpResponse:
    """Say that the letter does not ask for what was seen in it."""
    found = _letter(letter)
    with told(request, ""):
        has_ended = correcting.take_out_wrong(
            letter=letter, kind=_kind(request), by=_staff(request), at=clock.now()
        )
        if has_ended:
            said = _("Noted. The request that it had become has ended, and the customer is told by letter.")
        elif found.person:
            said = _(
                "Noted. No request was waiting; one that is finished stays as it is, and nobody was written to."
            )
        else:
            said = _("Noted. Nobody was written to.")
        messages.success(request, said)
    return redirect("console:demand", letter)


def in_ticket(request: HttpRequest, ticket: TicketOpened) -> Part | None:
    """Show beside a conversation what each letter of it asks for, to those who may correct it."""
    if not actor_of(request).has(*correcting.CORRECTORS):
        return None
    found = [queries.letter_to_us(letter) for letter in ticket.letters[:ON_A_CARD]]
    letters = [
        _around(one) | {"is_from_elsewhere": one.id in ticket.from_elsewhere}
        for one in reversed(found)
        if one is not None
    ]
    plain = [one for one in letters if not (one["rows"] or one["left"] or one["row"]["wrong"])]
    around = {"letters": letters, "plain": plain}
    return ("console/sections/ticket_demands.html", around) if letters else None


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which letters wait for people, or were not looked at for an hour, to those who may open them."""
    if not actor_of(request).has(*correcting.CORRECTORS):
        return None
    found, url = queries.corrections(at - ANSWERED_WITHIN), reverse("console:demands")
    things = [Thing(_("May ask for something, and wait for you"), str(found.unheeded), url)]
    things = things if found.unheeded else []
    if found.waiting:
        things.append(Thing(_("Letters that were not looked at"), str(found.waiting), url, tone=BROKEN))
    return Queue("demands", _("Letters that ask"), url, found.waiting + found.unheeded, tuple(things))


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk how letters were understood, to those who may correct it."""
    if not actor_of(request).has(*correcting.CORRECTORS):
        return None
    figures = queries.corrections(clock.now() - ANSWERED_WITHIN)
    return ("console/sections/demands.html", {"figures": figures})


urlpatterns = [
    path("letters/", demands, name="demands"),
    path("letters/<uuid:letter>/", demand, name="demand"),
    path("letters/<uuid:letter>/read/", read, name="demand_read"),
    path("letters/<uuid:letter>/missed/", missed, name="demand_missed"),
    path("letters/<uuid:letter>/wrong/", wrong, name="demand_wrong"),
]
