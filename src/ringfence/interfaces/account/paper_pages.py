"""The papers an order needs: what is asked for, how they stand, and where pictures of them are sent."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, paper_words
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.papers import as_attachment, too_much_was_sent
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, paper_queries, queries
from ringfence.shop.paper_pictures import LARGEST_FILE

SECTION_ORDER = 21
ACCEPTED = {"accept": "image/jpeg,image/png"}

add_words(
    {
        "papers.send": gettext_lazy("You sent pictures of documents"),
        "papers.give_up": gettext_lazy("You cancelled an order that was waiting for documents"),
        "papers.look_at": gettext_lazy("Your documents were compared with your account"),
        "papers.open_picture": gettext_lazy("A picture of your documents was opened"),
        "papers.approve": gettext_lazy("Your documents were approved"),
        "papers.refuse": gettext_lazy("Your documents were refused, and you were told why"),
        "papers.time_out": gettext_lazy("An order ended, since its documents did not come in time"),
        "papers.destroy": gettext_lazy("The pictures of your documents were destroyed"),
        "number.hold_on": gettext_lazy("A number was kept for you longer"),
    },
    {
        "papers-wanted": gettext_lazy("your number needs documents"),
        "papers-refused": gettext_lazy("new documents are needed"),
        "papers-ended": gettext_lazy("your order ended without documents"),
    },
)


class PapersForm(forms.Form):
    """A picture for each kind of paper, and a second one for a back side."""

    def __init__(self, kinds: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        """Ask for the kinds of paper that the number needs."""
        super().__init__(*args, **kwargs)
        for one in paper_words.named(kinds):
            widget = forms.FileInput(attrs=ACCEPTED)
            self.fields[one["kind"]] = forms.FileField(
                label=one["name"], help_text=one["what"], widget=widget
            )
            self.fields[f"{one['kind']}-back"] = forms.FileField(
                label=_("%(paper)s, back side") % {"paper": one["name"]},
                required=False,
                help_text=_("If it has one."),
                widget=forms.FileInput(attrs=ACCEPTED),
            )

    def pictures(self, kinds: tuple[str, ...]) -> dict[str, list[bytes]]:
        """Return the pictures by kind; more than the largest file is not read."""
        return {
            kind: [
                self._content(file)
                for name in (kind, f"{kind}-back")
                if (file := self.cleaned_data.get(name))
            ]
            for kind in kinds
        }

    @staticmethod
    def _content(file: "UploadedFile[Any]") -> bytes:
        return bytes(file.read(LARGEST_FILE + 1))


def _papers(request: HttpRequest, order: str) -> paper_queries.PapersView:
    found = paper_queries.papers_of(order, person_of(request))
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@customer_only
def papers(request: HttpRequest, order: str) -> HttpResponseBase:
    """Show how the papers of an order stand, and take pictures of them in."""
    found = _papers(request, order)
    form = PapersForm(found.kinds, request.POST or None, request.FILES or None)
    if request.method == "POST" and too_much_was_sent(request):
        form = PapersForm(found.kinds, {}, {})
        form.errors.clear()
        form.add_error(None, _("The files are too large together. Send pictures of less than 8 MB each."))
    elif request.method == "POST" and form.is_valid():
        try:
            actions.send_papers(
                order=order, pictures=form.pictures(found.kinds), by=actor_of(request), at=clock.now()
            )
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            messages.success(request, _("Thank you. We look at your documents, and write to you."))
            return redirect("account:papers", order=order)
    return render(request, "account/orders/papers.html", _around(request, found, form))


def _around(request: HttpRequest, found: paper_queries.PapersView, form: PapersForm) -> dict[str, Any]:
    return {
        "papers": found,
        "order": queries.order(found.order, person_of(request)),
        "form": form,
        "state": paper_words.STATES[found.state],
        "paper_terms": paper_words.terms(found.kinds),
        "reason": _(found.reason) if found.reason else "",
        "pictures": [(paper_words.named([one.kind])[0]["name"], one) for one in found.pictures],
    }


@require_safe
@customer_only
def picture(request: HttpRequest, order: str, paper: UUID) -> HttpResponse:
    """Hand a customer their own picture, as a file."""
    found = next((one for one in _papers(request, order).pictures if one.id == paper), None)
    if found is None:
        raise Http404
    content = actions.open_picture(paper=paper, by=actor_of(request), at=clock.now())
    return as_attachment(content, found.kind)


@sent_only
@customer_only
def give_up(request: HttpRequest, order: str) -> HttpResponseBase:
    """Cancel the order instead of sending papers."""
    _papers(request, order)
    with told(request, _("The order is cancelled, and your money is on its way back.")):
        actions.give_up_papers(order=order, by=actor_of(request), at=clock.now())
    return redirect("account:order", order=order)


urlpatterns = [
    path("account/orders/<str:order>/papers/", papers, name="papers"),
    path("account/orders/<str:order>/papers/give-up/", give_up, name="papers_give_up"),
    path("account/orders/<str:order>/papers/<uuid:paper>/", picture, name="paper"),
]
