"""Operations see which backups there are, how the last trials ended, and ask for a backup now."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Role
from ringfence.privacy.backups import actions, queries, rules
from ringfence.privacy.backups.ports import Fault
from ringfence.privacy.backups.queries import DrillView

SECTION_ORDER = 42
FAULTS: Final[dict[str, Promise]] = {
    "damaged": gettext_lazy("A file of the backup is not the one that was written."),
    "not-restored": gettext_lazy("The databases did not take the backup."),
    "rows": gettext_lazy("Tables do not hold as many rows as when the backup was made."),
    "ledger": gettext_lazy("The ledger does not hold together, or is not the one of that moment."),
    "seals": gettext_lazy("Values of people who are there do not open."),
    "returned": gettext_lazy("Somebody who was deleted is there again."),
}

AMISS: Final[dict[Fault, Promise]] = {
    Fault.UNREADABLE: gettext_lazy(
        "Nobody can read this copy: a part of it is lost, or another secret sealed it. Name that secret in the settings"
        " again, or remove the folder."
    ),
    Fault.LEFT: gettext_lazy(
        "A backup or a trial that was broken off left this behind. It is removed within an hour; remove it by hand if"
        " it stays."
    ),
}


@staff_only(Role.OPERATIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def backups(request: HttpRequest) -> HttpResponse:
    """List backups and trials; a POST asks for a backup now."""
    if request.method == "POST":
        actions.ask(by=actor_of(request), at=clock.now())
        messages.success(request, _("A backup is being made; reload the page in a moment."))
        return redirect("console:backups")
    around = {
        **_standing(clock.now()),
        "rows": queries.there(),
        "trials": [_trial(t) for t in queries.drills()],
    }
    return render(request, "console/backups.html", around | {"restored": queries.restored()})


def _standing(at: datetime) -> dict[str, Any]:
    newest, drill = queries.newest(), queries.last_drill()
    is_late = newest is not None and at - newest >= rules.LATE
    return {
        "newest": newest,
        "is_late": is_late or (newest is None and settings.BACKUP_DAILY),
        "drill": _trial(drill) if drill else None,
        "days": settings.BACKUP_DAYS,
        "daily": settings.BACKUP_DAILY,
        "amiss": [{"place": one.place, "what": AMISS[one.fault]} for one in queries.amiss(at)],
    }


def _trial(drill: DrillView) -> dict[str, Any]:
    return {"drill": drill, "faults": [FAULTS.get(fault, fault) for fault in drill.faults]}


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk how old the newest backup is and how its trial ended, to those who may open the page."""
    if not actor_of(request).has(Role.OPERATIONS):
        return None
    standing = _standing(clock.now())
    is_red = standing["drill"] is not None and bool(standing["drill"]["faults"])
    is_red = is_red or standing["is_late"] or bool(standing["amiss"])
    return ("console/sections/backups.html", {**standing, "is_red": is_red})


urlpatterns = [path("backups/", backups, name="backups")]
