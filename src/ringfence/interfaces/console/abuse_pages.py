"""Reports of abuse: the oldest first, opened for a purpose, decided with a reason; two close an account (5.4)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.accounts.queries import language_of
from ringfence.interfaces import abuse_words, clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only, step_up
from ringfence.interfaces.console import purpose
from ringfence.interfaces.console.abuse_forms import LISTS, AnswerForm, DecisionForm, FilterForm, ReasonForm
from ringfence.interfaces.console.abuse_preview import is_ready, once_more
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.interfaces.papers import as_attachment, letter_as_attachment
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.support.abuse import appealing, deciding, queries
from ringfence.support.abuse.rules import APPEAL_WITHIN, AbuseState, Decision, Outcome
from ringfence.support.abuse.views import CaseView
from ringfence.telephony import call_log
from ringfence.telephony.call_log import Group, Wanted

SECTION_ORDER = 28
HANDLERS: Final = (Role.SUPPORT, Role.OPERATIONS)
PURPOSE: Final = "abuse"
COUNTED_DAYS: Final = 30
LONGEST_NUMBER: Final = 40


def _key(wanted: str) -> UUID:
    found = queries.key_of(wanted)
    if found is None:
        raise Http404
    return found


def _by(request: HttpRequest) -> Actor:
    return actor_of(request).for_purpose(PURPOSE)


@staff_only(*HANDLERS)
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """List cases: those that wait, the oldest first; those that can be appealed, and those that are closed."""
    form = FilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    counts = queries.counts()
    show = asked.get("show") or next((name for name in queries.WAITING if counts[name]), "new")
    kind, number = asked.get("kind", ""), asked.get("number", "")
    around = {
        "form": form,
        "heading": LISTS[show],
        "lists": [(name, label, counts[name]) for name, label in LISTS.items()],
        "rows": [
            abuse_words.shown(one) | {"late": one.due_at is not None and one.due_at < clock.now()}
            for one in queries.listed(show, kind, number)
        ],
        "is_narrowed": bool(kind or number),
        "most": queries.LISTED,
    }
    return render(request, "console/abuse.html", around)


@staff_only(*HANDLERS)
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, case: str) -> HttpResponseBase:
    """Show a case with its reports, once the purpose is confirmed; each view is told to the customer."""
    key = _key(case)
    if request.method == "POST":
        purpose.state(request, queries.customer_of(key), PURPOSE)
        return redirect("console:abuse_case", case)
    return _page(request, key)


def _page(request: HttpRequest, key: UUID, **forms_: forms.Form) -> HttpResponse:
    by = purpose.actor_looking_at(request, queries.customer_of(key))
    if by is None:
        return render(request, "console/abuse_purpose.html", {"case": public_id("abu", key)})
    found = queries.look_at(case=key, by=by, at=clock.now())
    around = {
        **abuse_words.shown(found),
        "reports": [(abuse_words.KINDS[one.kind], one) for one in found.reports],
        "customer": public_id("cus", found.subject) if found.has_customer else "",
        "calls": _calls(found),
        "reads": _("Norwegian") if language_of(found.subject) == "nb" else _("English"),
        "days": COUNTED_DAYS,
        "appeal_days": APPEAL_WITHIN.days,
        "earlier": [(abuse_words.DECISIONS[name], count) for name, count in sorted(found.earlier.items())],
        "late": found.due_at is not None and found.due_at < clock.now(),
        "decision_form": forms_.get("decision_form") or DecisionForm(),
        "answer_form": forms_.get("answer_form") or AnswerForm(),
        **{f"is_{state}": found.state is state for state in AbuseState},
    }
    is_wrong = any(form.errors for form in forms_.values())
    return render(request, "console/abuse_case.html", around, status=422 if is_wrong else 200)


def _calls(found: CaseView) -> list[tuple[str, int]]:
    """Count the calls of the number; who called stays closed."""
    if not found.has_customer or found.number is None:
        return []
    since = clock.now() - timedelta(days=COUNTED_DAYS)
    words = {Group.ANSWERED: _("Answered"), Group.MISSED: _("Missed"), Group.FAILED: _("Failed")}
    return [
        (word, call_log.count(found.subject, Wanted(number=found.number, group=group, since=since)))
        for group, word in words.items()
    ]


@staff_only(*HANDLERS)
@require_safe
def picture(request: HttpRequest, case: str, picture: UUID) -> HttpResponseBase:
    """Hand a picture of a report, or the letter it came as, to staff as a file."""
    key = _key(case)
    by = purpose.actor_looking_at(request, queries.customer_of(key))
    if by is None:
        return redirect("console:abuse_case", case)
    try:
        content = queries.open_picture(case=key, picture=picture, by=by, at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:abuse_case", case)
    return (letter_as_attachment if queries.is_letter(picture) else as_attachment)(content, "report")


@sent_only
@staff_only(*HANDLERS)
def name_number(request: HttpRequest, case: str) -> HttpResponse:
    """Say which number a case is about, that came without one."""
    found = _key(case)
    with told(request, _("It is about this number now.")):
        number = request.POST.get("number", "")[:LONGEST_NUMBER]
        found = deciding.name_number(case=found, number=number, by=_by(request), at=clock.now())
    return redirect("console:abuse_case", public_id("abu", found))


@sent_only
@staff_only(*HANDLERS)
def take_up(request: HttpRequest, case: str) -> HttpResponse:
    """Begin to look at a case."""
    with told(request, _("You have taken it up.")):
        deciding.take_up(case=_key(case), by=_by(request), at=clock.now())
    return redirect("console:abuse_case", case)


@sent_only
@staff_only(*HANDLERS)
def decide(request: HttpRequest, case: str) -> HttpResponse:
    """Decide a case: nothing, a warning, or a suspension."""
    key, form = _key(case), DecisionForm(request.POST)
    if not is_ready(request, form, key, "reason"):
        return _page(request, key, decision_form=form)
    said, by, at = form.cleaned_data, _by(request), clock.now()
    if said["decision"] == Decision.NOTHING:
        with told(request, _("The case is closed, and whoever reported is told.")):
            deciding.dismiss(case=key, by=by, at=at)
    else:
        if (shown := once_more(request, form, case, "reason")) is not None:
            return shown
        with told(request, _("It is decided. The customer and whoever reported are told by letter.")):
            deciding.decide(
                case=key,
                decision=Decision(said["decision"]),
                clause=said["clause"],
                reason=said["reason"],
                by=by,
                at=at,
            )
    return redirect("console:abuse_case", case)


@staff_only(*HANDLERS)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, case: str) -> HttpResponse:
    """Ask that the account of a case be closed; somebody else confirms it."""
    key, form = _key(case), ReasonForm(request.POST or None)
    if request.method == "POST" and is_ready(request, form, key, "reason"):
        if (shown := once_more(request, form, case, "reason")) is not None:
            return shown
        with told(
            request, _("Asked for. The numbers are suspended; somebody else has to confirm the closing.")
        ):
            deciding.ask_closing(case=key, **form.cleaned_data, by=_by(request), at=clock.now())
        return redirect("console:abuse_case", case)
    around = {"form": form, "case": case, "days": APPEAL_WITHIN.days}
    return render(request, "console/abuse_close.html", around, status=422 if form.errors else 200)


@staff_only(*HANDLERS)
@step_up
@sent_only
def confirm(request: HttpRequest, case: str) -> HttpResponse:
    """Confirm the closing of an account that somebody else asked for."""
    with told(request, _("Confirmed. The account is closed when the time for an appeal is over.")):
        deciding.confirm_closing(case=_key(case), by=_by(request), at=clock.now())
    return redirect("console:abuse_case", case)


@sent_only
@staff_only(*HANDLERS)
def decline(request: HttpRequest, case: str) -> HttpResponse:
    """Say no to the closing of an account."""
    with told(request, _("The account stays, its numbers ring again, and the case is open again.")):
        deciding.decline_closing(case=_key(case), by=_by(request), at=clock.now())
    return redirect("console:abuse_case", case)


@sent_only
@staff_only(*HANDLERS)
def answer(request: HttpRequest, case: str) -> HttpResponse:
    """Answer an appeal, as somebody who did not decide."""
    key, form = _key(case), AnswerForm(request.POST)
    if not is_ready(request, form, key, "answer"):
        return _page(request, key, answer_form=form)
    if (shown := once_more(request, form, case, "answer")) is not None:
        return shown
    with told(request, _("Answered. The customer is told by letter.")):
        appealing.answer_appeal(
            case=key,
            outcome=Outcome(form.cleaned_data["outcome"]),
            answer=form.cleaned_data["answer"],
            by=_by(request),
            at=clock.now(),
        )
    return redirect("console:abuse_case", case)


@sent_only
@staff_only(*HANDLERS)
def lift(request: HttpRequest, case: str) -> HttpResponse:
    """Let numbers ring again that a case suspended."""
    with told(request, _("What this case had suspended rings again.")):
        deciding.lift(case=_key(case), by=_by(request), at=clock.now())
    return redirect("console:abuse_case", case)


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which cases wait for somebody, to those who handle them."""
    if not actor_of(request).has(*HANDLERS):
        return None
    counts = queries.counts()
    waiting = [one for name in queries.WAITING if counts[name] for one in queries.listed(name)[:LISTED]]
    things = tuple(_thing(one, at) for one in waiting)
    title = _("Reports of abuse")
    return Queue(
        "abuse", title, reverse("console:abuse"), sum(counts[name] for name in queries.WAITING), things
    )


def customer_section(request: HttpRequest, person: UUID) -> Part | None:
    """Show on a customer's page which cases there are about their numbers, unopened."""
    if not actor_of(request).has(*HANDLERS) or purpose.actor_looking_at(request, person) is None:
        return None
    rows = [abuse_words.shown(one) for one in queries.cases_of(person)]
    return ("console/sections/customer_abuse.html", {"rows": rows}) if rows else None


def _thing(one: CaseView, at: datetime) -> Thing:
    since = one.appealed_at or one.reported_at
    due = one.due_at or at
    return Thing(
        abuse_words.KINDS[one.kind],
        one.public_id,
        reverse("console:abuse_case", args=[one.public_id]),
        since=since,
        due_at=due,
        state=abuse_words.STATES[one.state],
        tone=BROKEN if due < at else "",
        used=min((at - since) / (due - since), 1) if due > since else 1,
    )


urlpatterns = [
    path("abuse/", cases, name="abuse"),
    path("abuse/<str:case>/", case, name="abuse_case"),
    path("abuse/<str:case>/take-up/", take_up, name="abuse_take_up"),
    path("abuse/<str:case>/number/", name_number, name="abuse_name_number"),
    path("abuse/<str:case>/decide/", decide, name="abuse_decide"),
    path("abuse/<str:case>/close/", close, name="abuse_close"),
    path("abuse/<str:case>/confirm/", confirm, name="abuse_confirm"),
    path("abuse/<str:case>/decline/", decline, name="abuse_decline"),
    path("abuse/<str:case>/answer/", answer, name="abuse_answer"),
    path("abuse/<str:case>/lift/", lift, name="abuse_lift"),
    path("abuse/<str:case>/pictures/<uuid:picture>/", picture, name="abuse_picture"),
]
