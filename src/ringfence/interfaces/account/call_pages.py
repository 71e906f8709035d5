"""A customer's calls: narrowed, one by one, as a file, and deleted at once (clauses 1.2, 2.5, 2.8, 2.9)."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account import call_table, call_words
from ringfence.interfaces.account.call_filters import CallerForm, Filters, read
from ringfence.interfaces.account.history_words import add_words
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import call_days, call_log
from ringfence.telephony.actions import calls as actions

ON_A_PAGE = 25


@require_safe
@customer_only
def calls(request: HttpRequest) -> HttpResponse:
    """List the calls that are asked for, newest first, with a chart of their days."""
    return _list(request, CallerForm())


def _list(request: HttpRequest, form: CallerForm) -> HttpResponse:
    person, found = person_of(request), read(request)
    after = _cursor(request.GET.get("after", ""))
    shown = call_log.page(person, found.wanted, limit=ON_A_PAGE + 1, after=after, at=clock.now())
    more = len(shown) > ON_A_PAGE
    last = shown[ON_A_PAGE - 1] if more else None
    context = {
        "rows": [call_words.shown(call) for call in shown[:ON_A_PAGE]],
        "filters": found,
        "next": f"{last.started_at.isoformat()},{last.public_id}" if last else "",
        "is_later_page": after is not None,
        "caller_form": form,
        "kept_days": call_days.kept_for().days,
        **({} if after else _chart(person, found)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "account/calls.html", context, status=status)


def _chart(person: UUID, found: Filters) -> dict[str, object]:
    days = call_log.per_day(person, found.in_chart, timezone.get_current_timezone())
    by_day = {one.day: one for one in days}
    shown = [by_day.get(day) for day in found.days]
    return {
        "days": list(reversed(days)),
        "bars": [one.total if one else 0 for one in shown],
        "answered": [one.answered if one else 0 for one in shown],
        "most": max((one.total for one in days), default=0),
        "total": sum(one.total for one in days),
        "first_day": found.days[0],
        "last_day": found.days[-1],
    }


def _cursor(text: str) -> tuple[datetime, UUID] | None:
    moment, _comma, name = text.replace(" ", "+").partition(",")
    try:
        at, key = parse_datetime(moment), parse(name, "call")
    except (ValueError, NotAPublicId):
        return None
    return (at, key) if at and at.tzinfo else None


@sent_only
@customer_only
def caller(request: HttpRequest) -> HttpResponse:
    """Find the calls from a number. It is sent, and does not become part of an address that others could read."""
    form = CallerForm(request.POST)
    newest = call_log.call_from(person_of(request), form.cleaned_data["caller"]) if form.is_valid() else None
    if newest:
        return redirect(f"{reverse('account:calls')}?caller={newest.public_id}")
    if form.is_valid():
        form.add_error("caller", _("There is no call from this number."))
    form.fields["caller"].widget.attrs["autofocus"] = True
    return _list(request, form)


@require_safe
@customer_only
def call(request: HttpRequest, call: str) -> HttpResponse:
    """Show one call."""
    return render(request, "account/call.html", {"row": call_words.shown(_call(request, call))})


def _call(request: HttpRequest, name: str) -> call_log.Call:
    found = call_log.call(person_of(request), name)
    if found is None:
        raise Http404
    return found


@customer_only
def delete_call(request: HttpRequest, call: str) -> HttpResponse:
    """Ask once, then delete one call record (clause 2.9)."""
    found = _call(request, call)
    if request.method == "POST":
        actions.delete_call(subject=person_of(request), call=found.id, by=actor_of(request), at=clock.now())
        messages.success(request, _("Deleted."))
        return redirect("account:calls")
    return render(request, "account/call_delete.html", {"row": call_words.shown(found)})


@customer_only
def delete_calls(request: HttpRequest) -> HttpResponse:
    """Ask once, then delete the call records that are asked for, or all (clause 2.9).

    What is asked for and not understood, such as a caller whose calls are gone, means none and never all; and only as
    many are deleted as the page had said.
    """
    found = read(request)
    if not found.is_understood:
        messages.info(request, _("The records you had asked for are gone already. Nothing else was deleted."))
        return redirect("account:calls")
    if request.method == "POST" and (said := request.POST.get("count", "")):
        try:
            count = actions.delete_calls(
                subject=person_of(request),
                wanted=found.wanted,
                expected=int(said) if said.isdecimal() else -1,
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refused:
            messages.error(request, errors.sentence(refused))
        else:
            messages.success(request, _("Deleted. Call records removed: %(count)s.") % {"count": count})
            return redirect("account:calls")
    context = {"filters": found, "count": call_log.count(person_of(request), found.wanted)}
    return render(request, "account/calls_delete.html", context)


@require_safe
@customer_only
def as_file(request: HttpRequest) -> StreamingHttpResponse:
    """Hand over the calls that are asked for, as a table for other programs; none for what is not understood."""
    found = read(request)
    if not found.is_understood:
        raise Http404
    rows = call_table.lines(call_log.every(person_of(request), found.wanted))
    name = f"calls-{clock.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


add_words(
    {
        "calls.delete_one": gettext_lazy("A call record of yours was deleted"),
        "calls.look_at": gettext_lazy("Your calls were looked at"),
    },
    {"missed-call": gettext_lazy("you missed a call")},
)

urlpatterns = [
    path("account/calls/", calls, name="calls"),
    path("account/calls/caller/", caller, name="calls_caller"),
    path("account/calls/delete/", delete_calls, name="calls_delete"),
    path("account/calls/calls.csv", as_file, name="calls_file"),
    path("account/calls/<str:call>/", call, name="call"),
    path("account/calls/<str:call>/delete/", delete_call, name="call_delete"),
]
