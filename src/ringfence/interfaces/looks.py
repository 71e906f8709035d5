"""Pages for staff are watched: whose data one opened without telling them is counted, and breaks clause 2.1.

Somebody without an account reads no lines, and what they wrote has an id that means nothing: nobody is left untold.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ringfence.accounts import queries
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.privacy.looks import counting, note


def watched(
    request: HttpRequest, person: UUID | None, answer: Callable[[HttpRequest], HttpResponseBase]
) -> HttpResponseBase:
    """Answer a member of staff, and count what was opened without a line for its owner to read."""
    with note.watching(person) as watch:
        response = answer(request)
    untold = {one for one in watch.untold if queries.has_account(one)}
    if untold:
        match = request.resolver_match
        place = match.view_name if match else "elsewhere"
        counting.count_untold(place=place, people=len(untold), by=Actor.system("web"), at=clock.now())
    return response
