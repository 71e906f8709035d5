"""The account's first page, and what happened with one's data."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from ringfence.accounts import queries
from ringfence.interfaces.access import customer_only, person_of
from ringfence.interfaces.account.history_words import told, without_echoes
from ringfence.interfaces.pages import parts_in
from ringfence.privacy.queries import line_of, lines_of, proof_of

LINES_ON_A_PAGE = 30


@customer_only
def home(request: HttpRequest) -> HttpResponse:
    """Greet, and show what each part of the account has to show."""
    person = person_of(request)
    around = {
        "sections": list(parts_in("ringfence.interfaces.account", "section", request)),
        "protection": queries.protection_of(person),
        "profile": queries.profile_of(person),
    }
    return render(request, "account/home.html", around)


@customer_only
def history(request: HttpRequest) -> HttpResponse:
    """Tell what was done with the customer's data, when, by whom, and what for (clause 2.1)."""
    page = Paginator(lines_of(person_of(request)), LINES_ON_A_PAGE).get_page(request.GET.get("page"))
    events = [told(line) for line in without_echoes(page.object_list)]
    return render(request, "account/history.html", {"page_obj": page, "events": events})


@require_safe
@customer_only
def line_proof(request: HttpRequest, number: int) -> HttpResponse:
    """Show one entry with its place in the signed record, and hand out the proof that anybody can check."""
    line = line_of(person_of(request), number)
    if line is None:
        raise Http404
    proof = proof_of(line)
    if "download" in request.GET and proof is not None:
        answer = JsonResponse(proof, json_dumps_params={"indent": 1, "ensure_ascii": False})
        answer["Content-Disposition"] = f'attachment; filename="entry-{proof["position"]}.json"'
        return answer
    return render(request, "account/line_proof.html", {"event": told(line), "proof": proof})


urlpatterns = [
    path("account/", home, name="home"),
    path("account/history/", history, name="history"),
    path("account/history/<int:number>/", line_proof, name="line_proof"),
]
