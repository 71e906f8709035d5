"""The first page of staff: what needs a person today, the most urgent first."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import staff_only
from ringfence.interfaces.console.queues import most_urgent_first, queues
from ringfence.interfaces.pages import parts_in

SHOWN: Final = 25
"""Things on the desk; beyond them each queue has a page of its own."""


@staff_only()
@require_safe
def desk(request: HttpRequest) -> HttpResponse:
    """Show what waits in all queues, or in the one that is asked for, and how the house stands."""
    found = list(queues(request, clock.now()))
    chosen = next((queue for queue in found if queue.name == request.GET.get("queue")), None)
    things = most_urgent_first([chosen] if chosen else found)
    around = {
        "queues": found,
        "chosen": chosen,
        "things": things[:SHOWN],
        "count": sum(queue.count for queue in found),
        "more": (chosen.count if chosen else sum(queue.count for queue in found)) - len(things[:SHOWN]),
        "sections": list(parts_in("ringfence.interfaces.console", "desk_section", request)),
    }
    return render(request, "console/desk.html", around)


urlpatterns = [path("", desk, name="desk")]
