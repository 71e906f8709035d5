"""Your data: what is held, from where, what for, until when; a copy of it; the deletion of all of it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only, step_up
from ringfence.interfaces.account import held_words
from ringfence.interfaces.account.history_words import add_words
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import copies, register, rules
from ringfence.privacy.copies import HeldKind
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.keys.actions import final_at
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import queries
from ringfence.privacy.rules import Channel, RequestKind

SECTION_ORDER = 60
COPY_LOOK: Final = Path(__file__).parent / "static" / "account" / "copy.css"
"""The look of a copy, which is put into the file: it is opened far from here."""

KEPT_WORDS: Final[dict[str, str]] = {
    "account": gettext_noop("as long as you are a customer, and %(days)s days after"),
    "access": gettext_noop("%(days)s days"),
    "traffic": gettext_noop("%(days)s days after the invoice falls due"),
    "messages": gettext_noop("%(days)s days, or until you delete it"),
    "support": gettext_noop("until the case has been closed for this many years: %(years)s"),
    "books": gettext_noop("%(years)s years after the year ends, as bookkeeping law asks"),
    "consent": gettext_noop("%(years)s years after it ends, or until you delete your account"),
    "papers": gettext_noop("%(days)s days after the decision about them"),
}
"""How long each retention class is kept, as a customer reads it; the figures are those of `rules.KEPT`."""

add_words(
    {
        "privacy.acknowledge": gettext_lazy("You were shown the terms in force"),
        "privacy.open_request": gettext_lazy("You asked us for something about your data"),
        "privacy.approve_request": gettext_lazy("We took it as confirmed that it was you who asked"),
        "privacy.carry_out_request": gettext_lazy("What you asked for was done"),
        "privacy.close_request": gettext_lazy("Your request was closed"),
        "privacy.begin_erasure": gettext_lazy("The deletion of your account began"),
    }
)


@customer_only
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Show everything that is held, kind by kind, opened, with its declaration (clauses 1.1, 1.2, 2.8, 4.1)."""
    person = person_of(request)
    kinds = [_shown(kind) for kind in copies.held_about(person)]
    around = {
        "kinds": [kind for kind in kinds if kind["count"]],
        "empty": [kind["title"] for kind in kinds if not kind["count"]],
        "requests": queries.requests_of(person),
        "newest": copies.NEWEST,
    }
    return render(request, "account/data.html", around)


def _shown(kind: HeldKind) -> dict[str, Any]:
    shown = [field for field in kind.fields if field.declaration.category != held_words.LINKS]
    return {
        "title": _(kind.title),
        "count": kind.count,
        "more": kind.count - len(kind.records),
        "stays": kind.stays,
        "records": [list(held_words.shown(record)) for record in kind.records],
        "sources": _joined(str(field.declaration.source) for field in shown),
        "purposes": _joined(str(field.declaration.purpose) for field in shown),
        "bases": ", ".join(sorted({f"GDPR art. {field.declaration.basis}" for field in shown})),
        "kept": [
            _(KEPT_WORDS[name]) % rules.KEPT[name]
            for name in sorted({str(field.declaration.retention) for field in shown})
        ],
    }


def _joined(words: Any) -> str:
    return ", ".join(sorted({_(word) for word in words}))


@customer_only
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """Ask for a copy, which is there at once: it is made while it is fetched and stored nowhere (clause 7.2)."""
    if request.method != "POST":
        return render(request, "account/copy.html", {"requests": queries.requests_of(person_of(request))})
    person, by, at = person_of(request), actor_of(request), clock.now()
    made = requests.open_request(subject=person, kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=by, at=at)
    if made.state != rules.RequestState.APPROVED:
        requests.approve(request=made.pk, by=by, at=at)
    content = copies.copy_of(person, at)
    requests.carry_out(request=made.pk, by=by, at=at)
    requests.close(request=made.pk, by=by, at=at)
    if request.POST.get("form") == "page":
        return _page_copy(request, person, at)
    answer = HttpResponse(json.dumps(content, indent=2, ensure_ascii=False), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="copy-{at:%Y-%m-%d}.json"'
    return answer


def _page_copy(request: HttpRequest, person: UUID, at: datetime) -> HttpResponse:
    kinds = [_shown(kind) for kind in copies.held_about(person, most=100_000)]
    around = {"kinds": [kind for kind in kinds if kind["count"]], "made_at": at, "withheld": copies.WITHHELD}
    page = render_to_string("account/copy_page.html", around, request)
    look = f"<style>{COPY_LOOK.read_text(encoding='utf-8')}</style></head>"
    answer = HttpResponse(page.replace("</head>", look, 1))
    answer["Content-Disposition"] = f'attachment; filename="copy-{at:%Y-%m-%d}.html"'
    return answer


@customer_only
@step_up
@require_safe
def delete(request: HttpRequest) -> HttpResponse:
    """Say what a deletion does, what stays and why, and when it is final; ask once."""
    at = clock.now()
    titles = {holder.name: _(holder.title) for holder in register.holders()}
    stays = [
        {**kept, "what": titles[kept["what"]]} for kept in erasures.what_would_stay(person_of(request), at)
    ]
    around = {"stays": stays, "final_at": final_at(at), "days": rules.REQUEST_DAYS}
    return render(request, "account/delete.html", around)


@customer_only
@step_up
@sent_only
def delete_now(request: HttpRequest) -> HttpResponse:
    """Begin the deletion, sign out everywhere, and lead to the page where it can be followed."""
    if request.POST.get("sure") != "yes":
        return redirect("account:delete")
    person, by, at = person_of(request), actor_of(request), clock.now()
    word = erasure.ask(subject=person, channel=Channel.ACCOUNT, by=by, at=at)
    request.session.flush()
    return redirect("storefront:follow_deletion", word)


urlpatterns = [
    path("account/data/", data, name="data"),
    path("account/data/copy/", copy, name="copy"),
    path("account/data/delete/", delete, name="delete"),
    path("account/data/delete/now/", delete_now, name="delete_now"),
]
