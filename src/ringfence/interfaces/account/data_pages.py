"""Your data: what is held, from where, what for, until when, who looked at it; and the deletion of all of it."""

from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, hold_words
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only, step_up
from ringfence.interfaces.account import held_words
from ringfence.interfaces.account.history_words import add_words, told, without_echoes
from ringfence.privacy import copies, recipients, register, rules
from ringfence.privacy.consent.queries import consents_of
from ringfence.privacy.copies import HeldKind, HeldValue
from ringfence.privacy.copying import queries as copying
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.keys.actions import final_at
from ringfence.privacy.queries import acknowledgements_of, lines_of, looks_at
from ringfence.privacy.requests import queries
from ringfence.privacy.retention import kept_until
from ringfence.privacy.retention.holds import HoldView
from ringfence.privacy.retention_rules import WORDS
from ringfence.privacy.rules import Channel

SECTION_ORDER = 60

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


ON_A_PAGE: Final = 25
"""Records of one kind on a page."""

EVENTS: Final = 6
LOOKS: Final = 5
"""How many of the newest entries, and of our staff's looks, stand on the page; all are on the history's."""

PROFILE: Final = "accounts.profile"
WAYS: Final[dict[str, tuple[tuple[str, str | Promise], ...]]] = {
    PROFILE: (("account:details", gettext_lazy("Change")),),
    "telephony.numbers": (("account:numbers", gettext_lazy("Change")),),
    "telephony.destinations": (("account:numbers", gettext_lazy("Change")),),
    "telephony.phones": (("account:phones", gettext_lazy("Change")),),
    "telephony.forwarding": (("account:numbers", gettext_lazy("Change")),),
    "telephony.calls": (("account:calls_delete", gettext_lazy("Delete now")),),
    "telephony.messages": (("account:messages", gettext_lazy("Choose and delete")),),
}
"""Where each kind of data is changed or deleted in the account (clause 4.1)."""


@customer_only
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """Show what is held, kind by kind: from where, what for, until when; and what else one may know (clause 4.1)."""
    person, at = person_of(request), clock.now()
    held = hold_words.of_customer(person, at)
    kinds = [_row(kind, held) for kind in copies.overview(person)]
    lines = without_echoes(lines_of(person)[: EVENTS * 2])
    around = {
        "kinds": [kind for kind in kinds if kind["count"]],
        "own": _own(person),
        "empty": [kind["title"] for kind in kinds if not kind["count"]],
        "requests": queries.requests_of(person),
        "copy": copying.copy_for(person, at),
        "events": [told(line) for line in islice(lines, EVENTS)],
        "looks": [told(line) for line in looks_at(person)[:LOOKS]],
        "versions": acknowledgements_of(person),
        "recipients": [_recipient(one) for one in recipients.entered()],
        "authority": recipients.authority(),
        "consents": consents_of(person, at),
        "holds": len(held),
    }
    return render(request, "account/data.html", around)


@require_safe
@customer_only
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """Show the records of one kind of data, opened, each value with where it came from (clauses 1.1, 1.2, 2.8)."""
    person = person_of(request)
    wanted = request.GET.get("page", "")
    number = (
        max(1, int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < NUMBER_DIGITS else 1
    )
    held = copies.held_of(person, name, (number - 1) * ON_A_PAGE, ON_A_PAGE)
    if held is None:
        raise Http404
    page = Paginator(range(held.count), ON_A_PAGE).get_page(number)
    if page.number != number:
        return redirect(f"{request.path}?page={page.number}")
    row = _row(held, hold_words.of_customer(person, clock.now()))
    return render(request, "account/data_kind.html", {"kind": {**row, **_records(held)}, "page_obj": page})


NUMBER_DIGITS: Final = 9


def _row(kind: HeldKind, holds: list[HoldView]) -> dict[str, Any]:
    shown = [field for field in kind.fields if field.declaration.category != held_words.LINKS]
    return {
        "name": kind.name,
        "title": _(kind.title),
        "count": kind.count,
        "stays": kind.stays,
        "ways": [(reverse(view), words) for view, words in WAYS.get(kind.name, ())],
        "sources": _joined(str(field.declaration.source) for field in shown),
        "purposes": _joined(str(field.declaration.purpose) for field in shown),
        "bases": ", ".join(sorted({f"GDPR art. {field.declaration.basis}" for field in shown})),
        "kept": [
            _(WORDS[name]) % rules.KEPT[name]
            for name in sorted({str(field.declaration.retention) for field in shown})
        ],
        "held_until": hold_words.latest_end(holds, {str(field.declaration.retention) for field in shown}),
    }


def _recipient(one: recipients.Recipient) -> dict[str, str]:
    where = one.outside()
    return {
        "title": _(one.title),
        "name": one.name(),
        "part": _(str(one.part)),
        "gets": _(one.gets),
        "why": _(one.why),
        "where": _(where) if where else "",
        "site": one.site(),
    }


def _own(person: UUID) -> list[held_words.Shown]:
    """Return who they are to us, value by value."""
    found = copies.held_of(person, PROFILE, most=1)
    return [one for record in found.records for one in held_words.shown(record) if one.text] if found else []


def _records(kind: HeldKind) -> dict[str, Any]:
    return {"records": [(list(held_words.shown(record)), _gone(record)) for record in kind.records]}


COUNTED_FROM: Final = frozenset(
    {
        "telephony.CallRecord.started_at",
        "telephony.Message.received_at",
        "telephony.MessageDelivery.received_at",
        "accounts.SignIn.made_at",
    }
)
"""The fields from which the time of a record counts, where it is a moment that stands in it."""


def _gone(record: tuple[HeldValue, ...]) -> datetime | None:
    """Return when a record is gone at the latest, where its own moment decides that."""
    for one in record:
        if str(one.field) in COUNTED_FROM:
            return kept_until(str(one.declaration.retention), one.value)
    return None


def _joined(words: Any) -> str:
    return ", ".join(sorted({_(word) for word in words}))


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
    path("account/data/kinds/<str:name>/", kind, name="data_kind"),
    path("account/data/delete/", delete, name="delete"),
    path("account/data/delete/now/", delete_now, name="delete_now"),
]
