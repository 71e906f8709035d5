"""Staff write notices to customers, look at them, send them, and see what became of each (clause 2.2)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, person_of, sent_only, staff_only, step_up
from ringfence.interfaces.console.notice_forms import NoticeForm, SendingForm
from ringfence.interfaces.console.queues import DUE, Queue, Thing
from ringfence.interfaces.language import of_page
from ringfence.interfaces.notice_words import KINDS, STATES, TONES
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.support.notice_rules import Holding, NoticeKind, NoticeState
from ringfence.support.notices import queries, writing
from ringfence.support.notices.queries import NoticeView

SECTION_ORDER = 40
WRITERS: Final = (Role.SUPPORT, Role.PRIVACY)
REFRESH_SECONDS: Final = "15"
MOVES: Final[dict[str, tuple[Callable[..., None], str | Promise]]] = {
    "take-back": (writing.take_back, gettext_lazy("It is a draft again.")),
    "pause": (writing.pause, gettext_lazy("It is paused. Nobody more is written to.")),
    "go-on": (writing.go_on, gettext_lazy("It goes on.")),
    "stop": (writing.cancel, gettext_lazy("It is stopped. Whoever has it keeps it.")),
}
MAY: Final[dict[str, tuple[str, ...]]] = {
    NoticeState.DRAFT: ("stop",),
    NoticeState.SCHEDULED: ("pause", "stop"),
    NoticeState.SENDING: ("pause", "stop"),
    NoticeState.PAUSED: ("go-on", "stop"),
}
"""What the buttons of a notice do, by its state; one that has not begun can also be taken back."""
WAITS: Final = (NoticeState.SCHEDULED, NoticeState.PAUSED)


@staff_only(*WRITERS)
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """List the notices, the newest first."""
    rows = [_shown(view) for view in queries.notices()]
    return render(request, "console/notices.html", {"rows": rows})


def _shown(view: NoticeView) -> dict[str, Any]:
    row = view.row
    return {
        "notice": view,
        "row": row,
        "title": _in_language(row.title),
        "ground": KINDS[row.kind],
        "state": STATES[row.state],
        "tone": TONES[row.state],
        "audience": _audience(view),
        "goes_out": row.send_at is not None and row.began_at is None and row.state in WAITS,
    }


def _in_language(texts: dict[str, str]) -> str:
    return texts[of_page()]


def _audience(view: NoticeView) -> str:
    """Say in words whom a notice is for."""
    meant = view.row.audience
    who = {
        Holding.ANY: _("Every customer"),
        Holding.WITH: _("Those who have a number"),
        Holding.WITHOUT: _("Those who have no number"),
    }[meant.holding]
    if meant.country:
        who = _("Those who have a number in %(country)s") % {"country": places.country(meant.country)}
    reads = {"nb": _("reading Norwegian"), "en": _("reading English")}.get(meant.language, "")
    agreed = _("with a yes to news") if view.row.kind == NoticeKind.NEWS else ""
    return ", ".join(part for part in (who, reads, agreed) if part)


def _found(notice: str) -> NoticeView:
    found = queries.notice(notice)
    if found is None:
        raise Http404
    return found


@staff_only(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a notice."""
    return _write(request, "", {})


@staff_only(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, notice: str) -> HttpResponse:
    """Write a draft anew."""
    row = _found(notice).row
    if row.state != NoticeState.DRAFT:
        messages.error(
            request, _("Only a draft can be changed. Take the notice back first, where it can be.")
        )
        return redirect("console:notice", notice=notice)
    texts = {f"{name}_{code}": getattr(row, name)[code] for name in ("title", "text") for code in row.title}
    chosen = {name: getattr(row, name) for name in ("kind", "holding", "country", "language")}
    return _write(request, notice, {**texts, **chosen})


def _write(request: HttpRequest, notice: str, initial: dict[str, str]) -> HttpResponse:
    form = NoticeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            public = writing.write(
                words=form.words(),
                kind=NoticeKind(form.cleaned_data["kind"]),
                meant=form.audience(),
                notice=notice,
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            return redirect("console:notice", notice=public)
    around = {"form": form, "back": notice}
    return render(request, "console/notice_write.html", around, status=422 if form.errors else 200)


@staff_only(*WRITERS)
@require_safe
def notice(request: HttpRequest, notice: str) -> HttpResponse:
    """Show a notice as its readers will see it, whom it would reach now, and how far it is."""
    view = _found(notice)
    row = view.row
    is_draft, is_over = row.state == NoticeState.DRAFT, row.state == NoticeState.CANCELLED
    may = MAY.get(row.state, ())
    if row.state == NoticeState.SCHEDULED and row.began_at is None:
        may = ("take-back", *may)
    around = {
        **_shown(view),
        "texts": [(code, row.title[code], row.text[code]) for code in ("nb", "en")],
        "is_draft": is_draft,
        "counted": queries.would_reach(row, clock.now()) if row.began_at is None and not is_over else None,
        "told": queries.told(row) if row.began_at else None,
        "may": may,
    }
    response = render(request, "console/notice.html", around)
    if view.is_at_work:
        response["Refresh"] = REFRESH_SECONDS
    return response


@sent_only
@staff_only(*WRITERS)
def try_out(request: HttpRequest, notice: str) -> HttpResponse:
    """Send it to oneself."""
    with told(request, _("It is on its way to your own address, in both languages.")):
        writing.try_out(notice=notice, person=person_of(request), by=actor_of(request), at=clock.now())
    return redirect("console:notice", notice=notice)


@staff_only(*WRITERS)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, notice: str) -> HttpResponseBase:
    """Ask once more, with the real count; then let it go out."""
    view, at = _found(notice), clock.now()
    if view.row.state != NoticeState.DRAFT:
        return redirect("console:notice", notice=notice)
    form = SendingForm(request.POST or None, initial={"seen": view.digest}, at=at)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            writing.schedule(
                notice=notice, seen=said["seen"], send_at=said["send_at"], by=actor_of(request), at=at
            )
        except Refusal as refusal:
            form.add_error("send_at" if refusal.code == "notice.over" else None, errors.sentence(refusal))
        else:
            messages.success(request, _("The notice goes out when its time has come."))
            return redirect("console:notice", notice=notice)
    around = {**_shown(view), "form": form, "counted": queries.would_reach(view.row, at)}
    return render(request, "console/notice_send.html", around, status=422 if form.errors else 200)


@sent_only
@staff_only(*WRITERS)
def move(request: HttpRequest, notice: str, move: str) -> HttpResponse:
    """Take it back, hold it, let it go on, or stop it."""
    if move not in MOVES:
        raise Http404
    act, said = MOVES[move]
    with told(request, str(said)):
        act(notice=notice, by=actor_of(request), at=clock.now())
    return redirect("console:notice", notice=notice)


def desk_queue(request: HttpRequest, _at: datetime) -> Queue | None:
    """Tell the desk which notices are held, to those who may let them go on."""
    if not actor_of(request).has(*WRITERS):
        return None
    held = queries.in_states(NoticeState.PAUSED)
    things = tuple(
        Thing(
            _("A notice that is paused"),
            view.row.public_id,
            reverse("console:notice", args=[view.row.public_id]),
            since=view.row.state_since,
            tone=DUE,
        )
        for view in held
    )
    return Queue("notices", _("Paused notices"), reverse("console:notices"), len(held), things)


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk the notices that are on their way, to those who may open them."""
    if not actor_of(request).has(*WRITERS):
        return None
    rows = [_shown(view) for view in queries.in_states(NoticeState.SCHEDULED, NoticeState.SENDING)]
    return ("console/sections/notices.html", {"rows": rows}) if rows else None


urlpatterns = [
    path("notices/", notices, name="notices"),
    path("notices/new/", new, name="notice_new"),
    path("notices/<str:notice>/", notice, name="notice"),
    path("notices/<str:notice>/edit/", edit, name="notice_edit"),
    path("notices/<str:notice>/try/", try_out, name="notice_try"),
    path("notices/<str:notice>/send/", send, name="notice_send"),
    path("notices/<str:notice>/<str:move>/", move, name="notice_move"),
]
