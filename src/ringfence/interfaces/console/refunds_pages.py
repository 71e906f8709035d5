"""Staff see the money that goes back: what waits, for how long, what is wrong; and may have it tried again at once."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.kernel.actor import Role
from ringfence.shop import actions, staff_queries
from ringfence.shop.refund_rules import RefundStep

SECTION_ORDER = 15
READERS: Final = (Role.SUPPORT, Role.OPERATIONS)
TROUBLE: Final = "trouble"
STATES: Final = {
    RefundStep.OWED: gettext_lazy("Owed"),
    RefundStep.SENT: gettext_lazy("With the provider"),
    RefundStep.DONE: gettext_lazy("Paid back"),
    RefundStep.VOID: gettext_lazy("The bank was faster"),
}
CHOICES: Final = (("", gettext_lazy("All that wait")), *STATES.items(), (TROUBLE, gettext_lazy("In trouble")))


@require_safe
@staff_only(*READERS)
def refunds(request: HttpRequest) -> HttpResponse:
    """List refunds, the longest owed first; the late ones are red."""
    state, after = request.GET.get("state", ""), request.GET.get("after", "")
    state = state if state in dict(CHOICES) else ""
    said = {"state": state} if state else {}
    page = staff_queries.refunds(state, clock.now(), after)
    around = {
        "rows": [_shown(row) for row in page.rows],
        "state": state,
        "choices": CHOICES,
        "next": urlencode({**said, "after": page.cursor}) if page.cursor else "",
        "first": urlencode(said) if after else "",
        "is_later_page": bool(after),
    }
    return render(request, "console/refunds.html", around)


def _shown(row: staff_queries.RefundRow) -> dict[str, Any]:
    waits = row.state in staff_queries.WAITING
    tag = "broken" if row.late or (waits and row.trouble) else "due" if waits else ""
    return {"refund": row, "state": STATES[row.state], "tag": tag, "waits": waits}


@sent_only
@staff_only(*READERS)
def try_again(request: HttpRequest, refund: str) -> HttpResponse:
    """Have a waiting refund sent at once. It stays one refund, however often this is asked for."""
    with told(request, _("It is tried again now. However often it is tried, the money goes back once.")):
        actions.try_again(refund=refund, by=actor_of(request), at=clock.now())
    return redirect("console:refunds")


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which refunds are late, to those who may open them."""
    if not actor_of(request).has(*READERS):
        return None
    rows = staff_queries.late_refunds(at, LISTED)
    things = tuple(
        Thing(
            _("A refund that is late"),
            row.order,
            reverse("console:refunds"),
            since=row.owed_at,
            state=row.trouble or STATES[row.state],
            tone=BROKEN,
        )
        for row in rows
    )
    return Queue("refunds", _("Late refunds"), reverse("console:refunds"), len(rows), things)


urlpatterns = [
    path("refunds/", refunds, name="refunds"),
    path("refunds/<str:refund>/again/", try_again, name="refund_again"),
]
