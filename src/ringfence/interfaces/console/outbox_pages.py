"""Staff see what becomes of our letters: how many wait, went out, came back; never to whom or what they say."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_safe

from ringfence.accounts import actions, post_queries
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.account.history_words import LETTERS
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import NotAPublicId, parse

SECTION_ORDER = 41
READERS: Final = (Role.SUPPORT, Role.OPERATIONS)
STATES: Final = {
    "waiting": pgettext_lazy("letter", "Waiting"),
    "sent": pgettext_lazy("letter", "Sent"),
    "given-up": pgettext_lazy("letter", "Given up"),
    "returned": pgettext_lazy("letter", "Came back"),
    post_queries.UNWANTED: pgettext_lazy("letter", "Reported as unwanted"),
}
TONES: Final = {"waiting": "due", "sent": "kept", "given-up": "broken", "returned": "broken"}
OTHERS: Final = {
    "confirm-address": gettext_lazy("confirm your address"),
    "no-account": gettext_lazy("no account has this address"),
    "promise-broken": gettext_lazy("a promise broke, to ourselves"),
}
"""Letters that no customer finds in the account, beside those that have words there."""


@require_safe
@staff_only(*READERS)
def outbox(request: HttpRequest) -> HttpResponse:
    """List letters, the newest first, by state and kind."""
    said = {name: request.GET.get(name, "") for name in ("state", "kind")}
    if said["state"] not in STATES:
        said["state"] = ""
    after = request.GET.get("after", "")
    page = post_queries.outbox(said["state"], said["kind"], after)
    counts = post_queries.counts()
    kept = {name: value for name, value in said.items() if value}
    around = {
        "rows": [_shown(row) for row in page.rows],
        "states": [("", _("All"), None), *((name, label, counts[name]) for name, label in STATES.items())],
        "kinds": [(kind, _word(kind), many) for kind, many in post_queries.kinds(said["state"])],
        "unreachable": post_queries.count_unreachable(),
        "state": said["state"],
        "only": said["kind"],
        "next": urlencode({**kept, "after": page.cursor}) if page.cursor else "",
        "first": urlencode(kept) if after else "",
        "is_later_page": bool(after),
    }
    return render(request, "console/outbox.html", around)


def _shown(row: post_queries.LetterOut) -> dict[str, Any]:
    return {"letter": row, "kind": _word(row.kind), "state": STATES[row.state], "tone": TONES[row.state]}


def _word(kind: str) -> str:
    found = str(LETTERS.get(kind) or OTHERS.get(kind) or kind)
    return found[:1].upper() + found[1:]


@sent_only
@staff_only(*READERS)
def try_again(request: HttpRequest, letter: str) -> HttpResponse:
    """Have a letter tried at once."""
    try:
        wanted = parse(letter, "let")
    except NotAPublicId:
        raise Http404 from None
    with told(request, _("It is tried again now.")):
        actions.retry_letter(letter=wanted, by=actor_of(request), at=clock.now())
    return redirect("console:outbox")


def customer_section(_request: HttpRequest, person: UUID) -> Part | None:
    """Say on the page of a customer that letters to the address come back."""
    since = post_queries.unreachable_since(person)
    return ("console/sections/customer_unreachable.html", {"since": since}) if since else None


def desk_queue(request: HttpRequest, _at: datetime) -> Queue | None:
    """Tell the desk which letters the post does not take, to those who may see to it."""
    if not actor_of(request).has(*READERS):
        return None
    rows, count = post_queries.not_taken(LISTED)
    here = reverse("console:outbox") + "?state=waiting"
    things = tuple(
        Thing(_("A letter that is not taken"), row.public_id, here, since=row.made_at, tone=BROKEN)
        for row in rows
    )
    return Queue("letters", _("Letters not taken"), here, count, things)


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk how many letters were given up or came back, to those who may open them."""
    if not actor_of(request).has(*READERS):
        return None
    counts = post_queries.troubled()
    if not any(counts.values()):
        return None
    rows = [(name, STATES[name], count) for name, count in counts.items() if count]
    return ("console/sections/outbox.html", {"rows": rows})


urlpatterns = [
    path("outbox/", outbox, name="outbox"),
    path("outbox/<str:letter>/again/", try_again, name="letter_again"),
]
