"""Tickets at the desk: what waits, the longest first, and one conversation with all that is done about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, request_words, ticket_words
from ringfence.interfaces.access import actor_of, limited, person_of, staff_only
from ringfence.interfaces.console.queues import LISTED, Queue, Thing
from ringfence.interfaces.console.ticket_forms import (
    AnswerForm,
    ColleagueForm,
    MergeForm,
    NoteForm,
    TagsForm,
)
from ringfence.interfaces.pages import Part, parts_in
from ringfence.interfaces.storefront.forms import is_refused
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.support import ticket_rules as rules
from ringfence.support.ticket_rules import TicketState
from ringfence.support.tickets import actions, asking, queries, searching
from ringfence.support.tickets.queries import TicketRow

SECTION_ORDER = 15
READERS: Final = (Role.SUPPORT, Role.PRIVACY)
PURPOSE: Final = "customer-wrote"
ON_A_PAGE: Final = 25
LONGEST_SEARCH: Final = 200
FOUND: Final = "found"
FOUND_FOR: Final = timedelta(minutes=30)
"""How long one can come back to what was found."""


def staff_of(request: HttpRequest) -> Actor:
    """Return the actor who works on a ticket; whoever wrote it reads the purpose."""
    return actor_of(request).for_purpose(PURPOSE)


@staff_only(*READERS)
@require_http_methods(["GET", "HEAD", "POST"])
def tickets(request: HttpRequest) -> HttpResponse:
    """List tickets, without what they say.

    What is searched for is sent, so that it is part of no address, and what was found has one of its own to come back
    to: the session keeps which tickets, for a while, and not what was typed.
    """
    me = person_of(request)
    wanted = request.POST.get("wanted", "").strip()[:LONGEST_SEARCH]
    if wanted:
        return _search(request, wanted, me)
    show, tag = request.GET.get("show", ""), request.GET.get("tag", "")
    show, tag = show if show in queries.LISTS else rules.OPEN, tag if tag in rules.TAGS else ""
    found = _found_lately(request) if FOUND in request.GET else None
    around: dict[str, Any] = {"show": show, "tag": tag, "is_found": found, "title": ticket_words.LISTS[show]}
    if found is not None:
        rows = searching.found_again(found["tickets"], me)
        around |= {"rows": _listed(rows), "found": found}
    else:
        page = Paginator(queries.listed(show, me, tag), ON_A_PAGE).get_page(request.GET.get("page"))
        around |= {"rows": _listed(queries.rows(list(page.object_list), me)), "page": page}
    counts = queries.counts(me)
    around["most"] = queries.MOST_COUNTED
    around["lists"] = [(name, words, counts[name]) for name, words in ticket_words.LISTS.items()]
    around["tags"] = [(name, _(words)) for name, words in rules.TAGS.items()]
    return render(request, "console/tickets/list.html", around)


def _search(request: HttpRequest, wanted: str, me: UUID) -> HttpResponse:
    too_many = limited(request, "search", str(me))
    if too_many is not None:
        return too_many
    if is_refused(wanted):
        messages.error(request, _("Nothing was looked for: we keep no such number, so none is found."))
        return redirect("console:tickets")
    found = searching.search(wanted=wanted, me=me, by=staff_of(request), at=clock.now())
    request.session[FOUND] = {
        "tickets": [row.public_id for row in found.rows],
        "read_through": found.read_through,
        "there_are": found.there_are,
        "at": clock.now().timestamp(),
    }
    return redirect(f"{reverse('console:tickets')}?{FOUND}=")


def _found_lately(request: HttpRequest) -> dict[str, Any] | None:
    """Return what this session found last, as long as it is not long ago."""
    found = request.session.get(FOUND)
    if not isinstance(found, dict) or clock.now().timestamp() - found["at"] > FOUND_FOR.total_seconds():
        request.session.pop(FOUND, None)
        return None
    return found


def _listed(rows: Sequence[TicketRow]) -> list[dict[str, Any]]:
    """Return tickets as a list shows them, with what their letters ask for."""
    asked = asking.asked_in([row.id for row in rows])
    return [
        _shown(row) | {"asks": [request_words.ASKED_OF_US[kind] for kind in asked.get(row.id, ())]}
        for row in rows
    ]


def _shown(row: TicketRow) -> dict[str, Any]:
    return {
        "ticket": row,
        "state": ticket_words.STATES[row.state],
        "tag": ticket_words.TAGS[row.state],
        "origin": ticket_words.ORIGINS[rules.Origin(row.origin)],
        "about": [_(rules.TAGS[name]) for name in row.tags if name in rules.TAGS],
    }


@staff_only(*READERS)
@require_safe
def ticket(request: HttpRequest, ticket: str) -> HttpResponse:
    """Show a conversation; each view is told to whoever wrote it."""
    return ticket_page(request, ticket)


def ticket_page(request: HttpRequest, ticket: str, **more: Any) -> HttpResponse:
    """Render a ticket, with forms as they were sent where something was wrong with one."""
    try:
        earlier = ticket_words.page_of(request.GET.get("earlier", ""))
        found = actions.look(ticket=ticket, earlier=earlier, by=staff_of(request), at=clock.now())
    except Refusal as refused:
        status = 404 if refused.code == "ticket.gone" else 403
        why = errors.sentence(refused)
        return render(request, "console/tickets/closed.html", {"why": why, "status": status}, status=status)
    around = {
        **_shown(found.row),
        "found": found,
        "pieces": [(ticket_words.PIECES[piece.kind], piece) for piece in found.pieces],
        "answer": AnswerForm(initial={"seen": found.version}),
        "note": NoteForm(),
        "tags": TagsForm(initial={"tags": found.row.tags}),
        "colleague": ColleagueForm(),
        "merge": MergeForm(),
        "can_close": found.row.state in {TicketState.OPEN, TicketState.WAITING} and not found.earlier,
        "sections": list(parts_in("ringfence.interfaces.console", "in_ticket", request, found)),
        **more,
    }
    return render(request, "console/tickets/ticket.html", around, status=422 if "wrong" in more else 200)


@staff_only(*READERS)
@require_safe
def around(request: HttpRequest, ticket: str) -> HttpResponse:
    """Tell an open page whether something was written meanwhile, and whether a colleague looks too."""
    found = queries.version_of(ticket, person_of(request), clock.now())
    if found is None:
        raise Http404
    return JsonResponse({"version": found[0], "others": found[1]})


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which tickets wait for us, the longest first, to those who answer them."""
    del at
    if not actor_of(request).has(*READERS):
        return None
    me = person_of(request)
    things = tuple(
        Thing(
            _("Message %(how)s") % {"how": ticket_words.ORIGINS[rules.Origin(row.origin)]},
            row.public_id,
            reverse("console:ticket", args=[row.public_id]),
            since=row.waits_since,
            state=_("Unread") if row.is_new else ticket_words.STATES[row.state],
        )
        for row in queries.rows(list(queries.listed(rules.OPEN, me)[:LISTED]), me)
    )
    url = reverse("console:tickets")
    return Queue("tickets", _("Tickets"), url, queries.count_open(), things)


def customer_section(request: HttpRequest, person: UUID) -> Part | None:
    """Show on a customer's page which conversations there are."""
    if not actor_of(request).has(*READERS):
        return None
    rows = _listed(queries.rows_of(person, person_of(request)))
    return ("console/sections/customer_tickets.html", {"rows": rows}) if rows else None


urlpatterns = [
    path("tickets/", tickets, name="tickets"),
    path("tickets/<str:ticket>/", ticket, name="ticket"),
    path("tickets/<str:ticket>/around/", around, name="ticket_around"),
]
