"""Operations see every node of the edge, what it holds, how far it is behind, and have it told everything anew."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors, node_words
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import node_queries
from ringfence.telephony.actions import nodes as actions
from ringfence.telephony.node_queries import SILENT_AFTER, NodeView

SECTION_ORDER = 41
REFRESH_SECONDS: Final = "2"


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk, in red, a node that nothing is heard of or that does not follow."""
    if not actor_of(request).has(Role.OPERATIONS):
        return None
    found = node_queries.all_nodes(clock.now())
    unwell = [_row(node) for node in found if not node.is_well]
    return ("console/sections/nodes.html", {"count": len(found), "unwell": unwell}) if found else None


def _row(node: NodeView) -> dict[str, object]:
    return {
        "node": node,
        "state": node_words.STATES[node.state],
        "tone": node_words.TONES.get(node.state, ""),
        "advice": node_words.WHAT_TO_DO.get(node.state, ""),
        "lag": round(node.lag.total_seconds(), 1),
    }


def _node(public: str) -> NodeView:
    found = node_queries.node_of(public, clock.now())
    if found is None:
        raise Http404
    return found


@staff_only(Role.OPERATIONS)
@require_safe
def nodes(request: HttpRequest) -> HttpResponse:
    """List the nodes with how each stands."""
    found = node_queries.all_nodes(clock.now())
    response = render(request, "console/nodes.html", {"rows": [_row(node) for node in found]})
    if any(node.is_at_work for node in found):
        response["Refresh"] = REFRESH_SECONDS
    return response


@staff_only(Role.OPERATIONS)
@require_safe
def node(request: HttpRequest, node: str) -> HttpResponse:
    """Show one node; while it is told everything, look again by itself."""
    found = _node(node)
    counted, never = node_words.counted(found.counters)
    context = {**_row(found), "counted": counted, "never": never}
    response = render(request, "console/node.html", context)
    if found.is_at_work:
        response["Refresh"] = REFRESH_SECONDS
    return response


@staff_only(Role.OPERATIONS)
def anew(request: HttpRequest, node: str) -> HttpResponse:
    """Ask whether a node is to be told everything anew, and have it done."""
    found = _node(node)
    if request.method != "POST":
        return render(request, "console/node_anew.html", _row(found))
    with told(request, _("Everything is published anew. Calls go on meanwhile.")):
        actions.load_anew(node=found.id, by=actor_of(request), at=clock.now())
    return redirect("console:node", node=node)


@staff_only(Role.OPERATIONS)
def forget(request: HttpRequest, node: str) -> HttpResponse:
    """Ask whether a node is gone for good, and forget it."""
    found = _node(node)
    if request.method != "POST":
        return render(request, "console/node_forget.html", _row(found))
    at = clock.now()
    try:
        actions.forget(node=found.id, silent_since=at - SILENT_AFTER, by=actor_of(request), at=at)
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:node", node=node)
    messages.success(request, _("The node is forgotten. Should it come back, it enters itself again."))
    return redirect("console:nodes")


urlpatterns = [
    path("nodes/", nodes, name="nodes"),
    path("nodes/<str:node>/", node, name="node"),
    path("nodes/<str:node>/anew/", anew, name="node_anew"),
    path("nodes/<str:node>/forget/", forget, name="node_forget"),
]
