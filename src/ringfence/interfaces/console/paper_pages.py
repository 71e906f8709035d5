"""Staff look at papers that numbers need: the oldest first, for a stated purpose, with a reason for each refusal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from babel import Locale
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, paper_words
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.console import purpose
from ringfence.interfaces.console.queues import LISTED, Queue, Thing
from ringfence.interfaces.papers import as_attachment
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, paper_queries
from ringfence.shop.paper_rules import REASONS, PaperState
from ringfence.telephony.rules import DocumentKind

SECTION_ORDER = 30
REVIEWERS = (Role.SUPPORT, Role.PRIVACY)
PURPOSE = "papers"
LISTS = {
    "waiting": gettext_lazy("To be looked at"),
    "missing": gettext_lazy("Waiting for the customer"),
    "decided": gettext_lazy("Decided"),
}
TAGS = {
    PaperState.REFUSED: "due",
    PaperState.WANTED: "due",
    PaperState.DENIED: "broken",
    PaperState.MISSED: "broken",
}
STATES = {
    PaperState.WANTED: gettext_lazy("Not sent yet"),
    PaperState.SENT: gettext_lazy("To be looked at"),
    PaperState.REFUSED: gettext_lazy("Refused, new ones asked for"),
    PaperState.APPROVED: gettext_lazy("Approved"),
    PaperState.DENIED: gettext_lazy("Refused for good"),
    PaperState.MISSED: gettext_lazy("Did not come in time"),
    PaperState.STOPPED: gettext_lazy("The order ended before"),
}


class FilterForm(forms.Form):
    """Which papers are listed."""

    show = forms.ChoiceField(label=gettext_lazy("Show"), choices=list(LISTS.items()), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of document"), required=False)
    order = forms.CharField(
        label=gettext_lazy("Order"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the kinds in the language of the page."""
        super().__init__(*args, **kwargs)
        kinds = [(str(kind), name) for kind, name in paper_words.KINDS.items()]
        self.fields["kind"].choices = [("", _("All")), *kinds]  # type: ignore[attr-defined] # a ChoiceField


class RefusalForm(forms.Form):
    """Why papers are refused, and what the customer should do."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    explanation = forms.CharField(
        label=gettext_lazy("What the customer should do"),
        required=False,
        max_length=600,
        help_text=gettext_lazy("The customer reads it in a letter and beside the order."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    for_good = forms.BooleanField(
        label=gettext_lazy("Refuse for good: the order ends, and all of the money goes back"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the reasons in the language of the page."""
        super().__init__(*args, **kwargs)
        reasons = [(code, _(reason)) for code, reason in REASONS.items()]
        self.fields["reason"].choices = [("", _("Choose")), *reasons]  # type: ignore[attr-defined] # a ChoiceField


@staff_only(*REVIEWERS)
@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """List papers: those to be looked at, the oldest first; those that are missing; those decided."""
    form = FilterForm(request.GET or None)
    asked = form.cleaned_data if form.is_valid() else {}
    show = asked.get("show") or "waiting"
    rows = paper_queries.queue(show, asked.get("order", ""), asked.get("kind", ""))
    around = {
        "form": form,
        "show": show,
        "heading": LISTS[show],
        "lists": [(name, label, paper_queries.counts()[name]) for name, label in LISTS.items()],
        "rows": [_shown(one) for one in rows],
        "is_narrowed": bool(asked.get("order") or asked.get("kind")),
        "most": paper_queries.QUEUE,
    }
    return render(request, "console/papers.html", around)


def _shown(one: paper_queries.PapersView) -> dict[str, Any]:
    return {
        "papers": one,
        "kinds": [named["name"] for named in paper_words.named(one.kinds)],
        "state": STATES[one.state],
        "tag": TAGS.get(one.state, ""),
    }


def _found(order: str) -> paper_queries.PapersView:
    found = paper_queries.papers_of(order)
    if found is None:
        raise Http404
    return found


@staff_only(*REVIEWERS)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, order: str) -> HttpResponseBase:
    """Show the papers of an order beside its account, once the purpose is confirmed; each view is told."""
    found = _found(order)
    if request.method == "POST":
        purpose.state(request, found.subject, PURPOSE)
        return redirect("console:paper_review", order=order)
    return _review_page(request, found, RefusalForm())


def _review_page(request: HttpRequest, found: paper_queries.PapersView, form: RefusalForm) -> HttpResponse:
    by = purpose.actor_looking_at(request, found.subject)
    if by is None:
        return render(request, "console/paper_purpose.html", {"order": found.order})
    profile = actions.look_at_papers(order=found.order, by=by, at=clock.now())
    around = {
        **_shown(found),
        "profile": profile,
        "country": Locale.parse(get_language() or "en").territories.get(profile.country, profile.country),
        "pictures": [(paper_words.named([one.kind])[0]["name"], one) for one in found.pictures],
        "form": form,
        "reason": _(found.reason) if found.reason else "",
        "can_decide": found.state is PaperState.SENT,
    }
    return render(request, "console/paper_review.html", around)


@staff_only(*REVIEWERS)
@require_safe
def picture(request: HttpRequest, order: str, paper: UUID) -> HttpResponseBase:
    """Hand a picture to staff as a file; the customer reads that it was opened."""
    found = _found(order)
    by = purpose.actor_looking_at(request, found.subject)
    if by is None:
        return redirect("console:paper_review", order=order)
    one = paper_queries.picture_of(order, paper)
    if one is None:
        raise Http404
    return as_attachment(actions.open_picture(paper=paper, by=by, at=clock.now()), one.kind)


@sent_only
@staff_only(*REVIEWERS)
def decide(request: HttpRequest, order: str) -> HttpResponseBase:
    """Approve papers, or refuse them with a reason."""
    found = _found(order)
    by = purpose.actor_looking_at(request, found.subject)
    if by is None:
        return redirect("console:paper_review", order=order)
    form = RefusalForm(request.POST)
    is_approval = "approve" in request.POST
    if not is_approval and not form.is_valid():
        return _review_page(request, found, form)
    try:
        if is_approval:
            actions.approve_papers(order=order, by=by, at=clock.now())
        else:
            actions.refuse_papers(order=order, **form.cleaned_data, by=by, at=clock.now())
    except Refusal as refused:
        form.add_error(None, errors.sentence(refused))
        return _review_page(request, _found(order), form)
    messages.success(request, _("The decision is made, and the customer is told by letter."))
    return redirect("console:papers")


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which papers wait, to those who look at them."""
    del at
    if not actor_of(request).has(*REVIEWERS):
        return None
    things = tuple(
        Thing(
            ", ".join(str(paper_words.KINDS[DocumentKind(kind)]) for kind in view.kinds),
            view.order,
            reverse("console:paper_review", args=[view.order]),
            since=view.sent_at,
            state=STATES[view.state],
        )
        for view in paper_queries.queue("waiting")[:LISTED]
    )
    return Queue(
        "papers", _("Documents"), reverse("console:papers"), paper_queries.counts()["waiting"], things
    )


urlpatterns = [
    path("papers/", papers, name="papers"),
    path("papers/<str:order>/", review, name="paper_review"),
    path("papers/<str:order>/decide/", decide, name="paper_decide"),
    path("papers/<str:order>/<uuid:paper>/", picture, name="paper"),
]
