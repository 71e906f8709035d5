"""What two members of staff do with a demand, each with a passkey: judge, propose, confirm or decline (clause 3.3)."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import authority_words, clock, errors
from ringfence.interfaces.access import sent_only, staff_only
from ringfence.interfaces.console.authority_forms import JudgementForm, ProposalForm, QuietForm, ReasonForm
from ringfence.interfaces.console.authority_pages import by_whom, case_page, found, key_of
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.passkey_step import passkey_step
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.authorities import deciding, handing
from ringfence.privacy.authorities.deciding import Proposal
from ringfence.privacy.authorities.rules import Outcome, Question, Verdict


def _done(request: HttpRequest, demand: str, act: Callable[..., None], said: str) -> HttpResponseBase:
    """Do what one button asks of a demand, say so or why not, and go back to its case."""
    with told(request, said):
        act(demand=key_of(demand), by=by_whom(request), at=clock.now())
    return redirect("console:authority", demand)


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def judge(request: HttpRequest, demand: str, question: str) -> HttpResponseBase:
    """Write down one's own judgement of one question."""
    key = key_of(demand)
    if question not in set(Question):
        raise Http404
    form = JudgementForm(request.POST, prefix=question)
    if not form.is_valid():
        return case_page(request, found(request, demand), {Question(question): form})
    said = form.cleaned_data
    with told(request, _("Written down. It stays as it is.")):
        deciding.judge(
            demand=key,
            question=Question(question),
            verdict=Verdict(said["verdict"]),
            reason=said["reason"],
            by=by_whom(request),
            at=clock.now(),
        )
    return redirect("console:authority", demand)


@staff_only(Role.PRIVACY)
@passkey_step
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest, demand: str) -> HttpResponse:
    """Propose what is to come of a demand; somebody else confirms it."""
    view = found(request, demand)
    form = ProposalForm(view, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.propose(demand=view.id, proposal=_proposal(form), by=by_whom(request), at=clock.now())
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            with told(request, _("Proposed. Somebody else has to confirm it; nothing has happened yet.")):
                return redirect("console:authority", demand)
    around = {**authority_words.shown(view.row), "view": view, "form": form}
    return render(request, "console/authority_propose.html", around, status=422 if form.errors else 200)


def _proposal(form: ProposalForm) -> Proposal:
    said = form.cleaned_data
    is_part = said["outcome"] == Outcome.PARTIAL
    return Proposal(
        outcome=Outcome(said["outcome"]),
        reason=said["reason"],
        part=form.part() if is_part else None,
        targets=said.get("targets") if is_part else None,
        quiet_until=said["quiet_until"],
        quiet_because=said["quiet_because"],
        keep_until=said.get("keep_until"),
    )


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def confirm(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Confirm what somebody else proposed."""
    return _done(request, demand, deciding.confirm, _("Confirmed."))


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def decline(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Say no to a proposal, or take one's own back."""
    return _done(request, demand, deciding.decline, _("The proposal is gone. The judgements stay."))


@staff_only(Role.PRIVACY)
@passkey_step
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, demand: str) -> HttpResponse:
    """Close a demand that its authority took back; asked once more before."""
    key, form = key_of(demand), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told(request, _("Closed. What was made for it is gone.")):
            deciding.withdraw(demand=key, **form.cleaned_data, by=by_whom(request), at=clock.now())
        return redirect("console:authority", demand)
    around = {"form": form, "demand": demand}
    return render(request, "console/authority_withdraw.html", around, status=422 if form.errors else 200)


@staff_only(Role.PRIVACY)
@passkey_step
@require_http_methods(["GET", "HEAD", "POST"])
def quiet(request: HttpRequest, demand: str) -> HttpResponse:
    """Review a silence: ask for another day, and say by which law the customers may not be told before it."""
    view = found(request, demand)
    if not view.row.is_quiet:
        raise Http404
    form = QuietForm(request.POST or None, initial={"until": view.row.quiet_until})
    if request.method == "POST" and form.is_valid():
        try:
            handing.ask_quiet(demand=view.id, **form.cleaned_data, by=by_whom(request), at=clock.now())
        except Refusal as refused:
            form.add_error("until", errors.sentence(refused))
        else:
            with told(request, _("Asked for. Somebody else has to confirm it; until then the day stays.")):
                return redirect("console:authority", demand)
    around = {**authority_words.shown(view.row), "view": view, "form": form}
    return render(request, "console/authority_quiet.html", around, status=422 if form.errors else 200)


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def quiet_confirm(request: HttpRequest, demand: str) -> HttpResponseBase:
    """Confirm another day that somebody else has asked for."""
    return _done(
        request, demand, handing.keep_quiet, _("Confirmed. They are told on that day, by themselves.")
    )


@sent_only
@staff_only(Role.PRIVACY)
@passkey_step
def tell(request: HttpRequest, demand: str) -> HttpResponseBase:
    """End a silence: the customers are told now."""
    return _done(request, demand, handing.tell_now, _("They are told now."))


urlpatterns = [
    path("authorities/<str:demand>/judge/<str:question>/", judge, name="authority_judge"),
    path("authorities/<str:demand>/propose/", propose, name="authority_propose"),
    path("authorities/<str:demand>/confirm/", confirm, name="authority_confirm"),
    path("authorities/<str:demand>/decline/", decline, name="authority_decline"),
    path("authorities/<str:demand>/withdraw/", withdraw, name="authority_withdraw"),
    path("authorities/<str:demand>/quiet/", quiet, name="authority_quiet"),
    path("authorities/<str:demand>/quiet/confirm/", quiet_confirm, name="authority_quiet_confirm"),
    path("authorities/<str:demand>/tell/", tell, name="authority_tell"),
]
