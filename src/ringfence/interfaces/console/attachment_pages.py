"""What came with a letter, for staff: named beside the conversation, handed out as a file and never shown."""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.pages import Part
from ringfence.kernel.refusal import Refusal
from ringfence.support import handing_out, verdicts
from ringfence.support.rules import Scan
from ringfence.support.tickets.queries import TicketOpened

PURPOSE: Final = "customer-wrote"
STATES: Final = {
    Scan.NONE: "",
    Scan.WAITING: gettext_lazy("being looked at for viruses"),
    Scan.CLEAN: gettext_lazy("no virus found"),
    Scan.INFECTED: gettext_lazy("carries a virus"),
    Scan.UNREADABLE: gettext_lazy("could not be looked into for viruses"),
}
TAGS: Final = {Scan.WAITING: "due", Scan.INFECTED: "broken", Scan.UNREADABLE: "due"}
CLOSED: Final = frozenset({Scan.WAITING, Scan.INFECTED})


@staff_only(*handing_out.READERS)
@require_safe
def attachment(request: HttpRequest, letter: UUID, index: int) -> HttpResponse:
    """Hand out one attachment, as a file that the browser saves and does not show."""
    by = actor_of(request).for_purpose(PURPOSE)
    try:
        found = handing_out.hand_out(letter=letter, index=index, by=by, at=clock.now())
    except Refusal as refused:
        status = 404 if refused.code == "no-attachment" else 403
        return render(
            request, "console/attachment_refused.html", {"why": errors.sentence(refused)}, status=status
        )
    response = HttpResponse(found.content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def in_ticket(request: HttpRequest, ticket: TicketOpened) -> Part | None:
    """Show beside a conversation what came with its letters, and what our mail server found of their senders."""
    if not actor_of(request).has(*handing_out.READERS):
        return None
    letters = [
        {
            "came": one,
            "words": [_(word) for word in verdicts.in_words(one.verdicts)],
            "is_suspicious": verdicts.is_suspicious(one.verdicts),
            "files": [(file, STATES[file.state], TAGS.get(file.state, "")) for file in one.attachments],
        }
        for one in handing_out.came_with(ticket.letters)
    ]
    if not letters:
        return None
    return ("console/sections/ticket_attachments.html", {"letters": letters, "closed": CLOSED})


urlpatterns = [path("letters/<uuid:letter>/attachments/<int:index>/", attachment, name="attachment")]
