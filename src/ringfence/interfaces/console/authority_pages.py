"""Demands of authorities: entered by one, judged by two, and what came of each (clause 3.3)."""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import authority_words, clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.console.authority_forms import DemandForm, JudgementForm
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.passkey_step import passkey_step
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.authorities import handing, making, queries, registering, today
from ringfence.privacy.authorities.queries import WAITING, DemandRow, DemandView
from ringfence.privacy.authorities.registering import Paper
from ringfence.privacy.authorities.rules import MOST_FETCHES, AuthoritySort, DemandKind, DemandState, Question
from ringfence.privacy.retention_rules import CLASS_NAMES

PURPOSE: Final = "law"


def key_of(wanted: str) -> UUID:
    """Return the key of a demand. Raises Http404."""
    found = queries.key_of(wanted)
    if found is None:
        raise Http404
    return found


def by_whom(request: HttpRequest) -> Actor:
    """Return the member of staff, for the purpose that the law is."""
    return actor_of(request).for_purpose(PURPOSE)


def found(request: HttpRequest, wanted: str) -> DemandView:
    """Return a demand, opened, with a line that says so. Raises Http404."""
    return queries.look_at(demand=key_of(wanted), by=by_whom(request), at=clock.now())


@staff_only(Role.PRIVACY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the demands: those that wait, those of which nobody may be told yet, and those that are over."""
    around = {
        "waiting": [authority_words.shown(one) for one in queries.listed(*WAITING)],
        "running": [
            authority_words.shown(one)
            for one in queries.listed(DemandState.HANDED_OVER, DemandState.PRESERVED)
        ],
        "quiet": [authority_words.shown(one) for one in queries.quiet_ones()],
        "over": [authority_words.shown(one) for one in queries.listed(DemandState.CLOSED)],
    }
    return render(request, "console/authorities.html", around)


@staff_only(Role.PRIVACY)
@passkey_step
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Enter a demand with its paper; whom we found nobody for is said, and can only be refused."""
    form = DemandForm(request.POST or None, request.FILES or None, initial={"received_at": clock.now()})
    if request.method == "POST" and form.is_valid():
        targets, missing = form.targets()
        try:
            demand = registering.receive(
                paper=_paper(form), asked=form.scope(), targets=targets, by=by_whom(request), at=clock.now()
            )
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            messages.success(request, _("Entered. Nothing leaves before two have judged it."))
            if missing:
                messages.warning(request, _("We found nobody for: %(lines)s") % {"lines": ", ".join(missing)})
            return redirect("console:authority", public_id("dmd", demand))
    status = 422 if form.errors else 200
    return render(request, "console/authority_new.html", {"form": form}, status=status)


def _paper(form: DemandForm) -> Paper:
    said = form.cleaned_data
    return Paper(
        kind=DemandKind(said["kind"]),
        sort=AuthoritySort(said["sort"]),
        content=said["paper"].read(),
        **{
            name: said[name]
            for name in ("authority", "reference", "legal_basis", "named", "key", "key_checked", "follows")
        },
        received_at=said["received_at"],
        deadline=said["deadline"],
    )


@staff_only(Role.PRIVACY)
@passkey_step
@require_safe
def case(request: HttpRequest, demand: str) -> HttpResponse:
    """Show one demand: what it asks for, what was judged, and what can be done next."""
    return case_page(request, found(request, demand))


def case_page(
    request: HttpRequest, view: DemandView, forms: dict[Question, JudgementForm] | None = None
) -> HttpResponse:
    """Return the page of a demand; `forms` are those that were filled in and have errors."""
    given = forms or {}
    around = {
        **authority_words.shown(view.row),
        "view": view,
        "asked": authority_words.fields(view.asked.fields),
        "granted": authority_words.fields(view.granted.fields),
        "questions": [
            {
                "name": one,
                "label": authority_words.QUESTIONS[one],
                "hint": authority_words.HINTS[one],
                "given": _given(view, one),
                "form": given.get(one) or JudgementForm(prefix=one) if one in view.my_questions else None,
            }
            for one in Question
        ],
        "is_proposed": view.row.state is DemandState.PROPOSED,
        "is_granted": view.row.state is DemandState.GRANTED,
        "has_package": view.row.state in {DemandState.READY, DemandState.HANDED_OVER},
        "is_open": view.row.state in WAITING,
        "left": max(MOST_FETCHES - view.fetches, 0),
        "most": MOST_FETCHES,
        "two": view.judges,
    }
    return render(request, "console/authority.html", around, status=422 if forms else 200)


def _given(view: DemandView, question: Question) -> list[dict[str, Any]]:
    given = [one for one in view.judgements if one.question is question]
    return [{"one": one, "verdict": authority_words.VERDICTS[one.verdict]} for one in given]


@staff_only(Role.PRIVACY)
@passkey_step
@require_safe
def paper(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Hand the paper of a demand to staff, as a file that the browser saves."""
    try:
        content = queries.paper(demand=key_of(demand), by=by_whom(request), at=clock.now())
    except Refusal:
        raise Http404 from None
    endings = {b"%PDF": ("application/pdf", "pdf"), b"\x89PNG": ("image/png", "png")}
    kind, ending = endings.get(content[:4], ("image/jpeg", "jpg"))
    return _as_file(HttpResponse(content, content_type=kind), f"{demand}.{ending}")


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def package(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Hand the package to staff, who take it to the authority; the exit is entered first, and people are told."""
    key = key_of(demand)
    try:
        handing.hand_over(demand=key, by=by_whom(request), at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:authority", demand)
    answer = StreamingHttpResponse(queries.package(key), content_type="application/octet-stream")
    return _as_file(answer, f"{demand}.zip.age")


def _as_file(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@staff_only(Role.PRIVACY)
@require_safe
def what_there_is(request: HttpRequest) -> HttpResponse:
    """Show what we could hand over today: every field, how often it is stored, and what nobody can read any more."""
    classes = [
        {
            "one": one,
            "name": _(CLASS_NAMES[one.name]),
            "kinds": [
                {
                    "title": _(title),
                    "fields": [{"one": field, "label": _(field.field.label)} for field in fields],
                }
                for title, fields in one.kinds.items()
            ],
        }
        for one in today.by_class()
    ]
    return render(request, "console/authority_today.html", {"classes": classes})


def desk_queue(request: HttpRequest, at: Any) -> Queue | None:
    """Tell the desk which demands wait, to those who may judge them."""
    if not actor_of(request).has(Role.PRIVACY):
        return None
    waiting = queries.listed(*WAITING)
    things = tuple(_thing(one, at) for one in waiting[:LISTED])
    return Queue(
        "authorities", _("Demands of authorities"), reverse("console:authorities"), len(waiting), things
    )


def _thing(one: DemandRow, at: Any) -> Thing:
    length = one.deadline - one.received_at
    return Thing(
        authority_words.KINDS[one.kind],
        one.public_id,
        reverse("console:authority", args=[one.public_id]),
        since=one.received_at,
        due_at=one.deadline,
        state=authority_words.STATES[one.state],
        tone=BROKEN if one.deadline < at else "",
        used=min((at - one.received_at) / length, 1),
    )


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def again(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Have a package made once more."""
    with told(request, _("Asked for. It is made within a minute; load the page again then.")):
        making.make_again(demand=key_of(demand), by=by_whom(request), at=clock.now())
    return redirect("console:authority", demand)


urlpatterns = [
    path("authorities/", listed, name="authorities"),
    path("authorities/new/", new, name="authority_new"),
    path("authorities/today/", what_there_is, name="authority_today"),
    path("authorities/<str:demand>/", case, name="authority"),
    path("authorities/<str:demand>/paper/", paper, name="authority_paper"),
    path("authorities/<str:demand>/package/", package, name="authority_package"),
    path("authorities/<str:demand>/again/", again, name="authority_again"),
]
