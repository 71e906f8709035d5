"""Staff prepare, preview, publish and withdraw versions of the policy (clause 5.2)."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, staff_only, step_up
from ringfence.interfaces.language import of_page
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront import policy_tables
from ringfence.interfaces.storefront.policy_changes import marked
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy as policies
from ringfence.privacy import policy_rules as rules
from ringfence.privacy.policy import ChangeKind, audience

SECTION_ORDER = 15

STATES: Final = {
    policies.VersionState.PUBLISHED: "due",
    policies.VersionState.IN_FORCE: "kept",
    policies.VersionState.REPLACED: "plain",
    policies.VersionState.WITHDRAWN: "plain",
}


class PreparingForm(forms.Form):
    """What kind of change it is, and what it changes in words."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of change"),
        widget=forms.RadioSelect,
        choices=[
            (
                ChangeKind.MATERIAL,
                gettext_lazy("It matters to customers: 30 days' notice, and a letter to each"),
            ),
            (ChangeKind.CORRECTION, gettext_lazy("A correction that changes nothing for anybody: one day")),
        ],
        initial=ChangeKind.MATERIAL,
    )
    summary_nb = forms.CharField(
        label=gettext_lazy("What changes, in Norwegian"),
        widget=forms.Textarea(attrs={"rows": 3, "lang": "nb"}),
        max_length=2000,
    )
    summary_en = forms.CharField(
        label=gettext_lazy("What changes, in English"),
        widget=forms.Textarea(attrs={"rows": 3, "lang": "en"}),
        max_length=2000,
    )


@staff_only(Role.PRIVACY)
@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Show the versions, and what the text in the software changes; a POST prepares it for a preview."""
    at = clock.now()
    newest, prepared = policies.newest_standing(), policies.draft()
    form = PreparingForm(request.POST or None, initial=_initial(prepared))
    if request.method == "POST" and form.is_valid() and _prepare(request, form):
        return redirect("console:policy_preview")
    text = policies.drafted()
    coming = policies.coming(at)
    around = {
        "versions": [
            {"view": one, "look": STATES[one.state], "state": _(one.state), "kind": _(one.kind)}
            for one in policies.versions(at)
        ],
        "coming": policies.version_view(coming, at) if coming else None,
        "untold": audience.untold(coming.number, at)
        if coming and coming.kind == ChangeKind.MATERIAL
        else None,
        "form": form,
        "waits": newest is not None and bytes(newest.digest) != policies.digest_of(text),
        "is_material": newest is not None and policies.matters(newest.text, text),
        **(marked(newest.text, text) if newest else {}),
    }
    return render(request, "console/policy.html", around)


def _initial(prepared: Any) -> dict[str, str]:
    if prepared is None:
        return {}
    said = prepared.summary
    return {"kind": prepared.kind, "summary_nb": said.get("nb", ""), "summary_en": said.get("en", "")}


def _prepare(request: HttpRequest, form: PreparingForm) -> bool:
    said = form.cleaned_data
    try:
        policies.prepare(
            kind=ChangeKind(said["kind"]),
            summary={"nb": said["summary_nb"], "en": said["summary_en"]},
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, errors.sentence(refusal))
        return False
    return True


@staff_only(Role.PRIVACY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponseBase:
    """Show what was prepared as its readers will see it, in the language of the page; a POST publishes it."""
    prepared, text = policies.draft(), policies.drafted()
    if prepared is None:
        messages.warning(request, _("Nothing is prepared. Say first what changes."))
        return redirect("console:policy")
    if request.method == "POST" and _publish(request):
        return redirect("console:policy")
    digest = policies.digest_of(text)
    newest = policies.newest_standing()
    language = of_page()
    around = {
        "sections": text[language],
        "tables": policy_tables.tables(text),
        "kind": _(prepared.kind),
        "days": rules.NOTICE[ChangeKind(prepared.kind)],
        "summary": prepared.summary.get(language, ""),
        "digest": digest.hex(),
        "stale": bytes(prepared.digest) != digest,
        "before": newest.number if newest else None,
        **(marked(newest.text, text) if newest else {}),
    }
    return render(request, "console/policy_preview.html", around)


def _publish(request: HttpRequest) -> bool:
    try:
        seen = bytes.fromhex(request.POST.get("seen", ""))
    except ValueError:
        seen = b""
    try:
        made = policies.publish(seen=seen, by=actor_of(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, errors.sentence(refusal))
        return False
    messages.success(
        request,
        _("Version %(number)s is public now. It counts when its notice is over.") % {"number": made.number},
    )
    return True


@staff_only(Role.PRIVACY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: int) -> HttpResponseBase:
    """Ask once, then take back a version that is published and does not count yet."""
    found = policies.version(number)
    if found is None:
        raise Http404
    at = clock.now()
    if request.method == "POST":
        with told(request, _("Version %(number)s is withdrawn.") % {"number": number}):
            policies.withdraw(number=number, by=actor_of(request), at=at)
        return redirect("console:policy")
    view = policies.version_view(found, at)
    possible = view.state is policies.VersionState.PUBLISHED
    return render(request, "console/policy_withdraw.html", {"version": view, "possible": possible})


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk that a text waits to be published, or that a version is coming, to those who may act on it."""
    if not actor_of(request).has(Role.PRIVACY):
        return None
    at = clock.now()
    newest, coming = policies.newest_standing(), policies.coming(at)
    waits = newest is not None and bytes(newest.digest) != policies.digest_of(policies.drafted())
    if not waits and coming is None:
        return None
    view = policies.version_view(coming, at) if coming else None
    return ("console/sections/policy.html", {"waits": waits, "coming": view})


urlpatterns = [
    path("policy/", policy, name="policy"),
    path("policy/preview/", preview, name="policy_preview"),
    path("policy/<int:number>/withdraw/", withdraw, name="policy_withdraw"),
]
