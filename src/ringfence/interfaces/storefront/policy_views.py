"""The policy with its proof beside each clause, its versions, and receipts that anybody can check."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, promise_words
from ringfence.interfaces.language import of_page
from ringfence.interfaces.storefront import policy_tables
from ringfence.privacy import policy as policies
from ringfence.privacy import recipients, register
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.erasure import receipts
from ringfence.privacy.policy import PolicyVersion
from ringfence.privacy.promises import running

LARGEST_RECEIPT: Final = 64 * 1024


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show the version in force, each clause beside its live proof, with its tables."""
    at = clock.now()
    found = policies.in_force(at)
    text = found.text if found else policies.drafted()
    standings = running.standings(at)
    proofs = {one.clause: promise_words.proof(one) for one in standings}
    around = {
        "sections": _sections(text, proofs),
        "tables": policy_tables.tables(text),
        "version": _version(found, at),
        "coming": _version(policies.coming(at), at),
        "versions": policies.versions(at),
        "summary": running.summary(standings),
        "commands": _commands(),
        "third_parties": policy_tables.third_parties(),
        "complaint_site": recipients.authority_site(),
    }
    return render(request, "storefront/policy.html", around)


@require_safe
def policy_version(request: HttpRequest, number: int) -> HttpResponse:
    """Show one version as it was published, at an address that stays."""
    found = policies.version(number)
    if found is None:
        raise Http404
    at = clock.now()
    versions = policies.versions(at)
    around = {
        "sections": _sections(found.text, {}),
        "tables": policy_tables.tables(found.text),
        "version": _version(found, at),
        "versions": versions,
        "others": [one for one in versions if one.number != number],
        "in_force": policies.in_force(at),
    }
    return render(request, "storefront/policy_version.html", around)


def _commands() -> tuple[str, str]:
    """Return how the published program is run: on the whole record, and on a receipt."""
    origin = settings.PUBLIC_ORIGIN
    return (
        f"python3 verifier.py ledger --url {origin} --save today.note",
        f"python3 verifier.py receipt RECEIPT.json --url {origin}",
    )


def _sections(text: Mapping[str, Any], proofs: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **section,
            "clauses": [{**clause, "proof": proofs.get(clause["number"])} for clause in section["clauses"]],
        }
        for section in text[of_page()]
    ]


def _version(found: PolicyVersion | None, at: datetime) -> dict[str, Any]:
    if found is None:
        return {}
    view = policies.version_view(found, at)
    return {
        "number": view.number,
        "published_at": view.published_at,
        "effective_at": view.effective_at,
        "withdrawn_at": view.withdrawn_at,
        "state": view.state.name.lower(),
        "hash": view.digest,
        "summary": view.summary.get(of_page(), ""),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Check a receipt that somebody pastes or uploads; what is sent is checked and not kept."""
    around: dict[str, Any] = {}
    if request.method == "POST":
        given = _given(request)
        content = receipts.parsed(given)
        faults = receipts.faults(content)
        around = {
            "given": given,
            "faults": [_fault_words()[fault] for fault in faults],
            "body": None if faults else _shown(content["body"]),
        }
    return render(request, "storefront/receipts.html", around, status=200)


def _given(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is not None:
        return bytes(file.read(LARGEST_RECEIPT)).decode("utf-8", "replace")
    return str(request.POST.get("receipt", ""))[:LARGEST_RECEIPT]


def _fault_words() -> dict[str, str]:
    return {
        "malformed": _("This is not a receipt of ours. A receipt is a small file that begins with a brace."),
        "altered": _("The receipt was altered: it is not the one that stands in our record."),
        "not-in-ledger": _("The proof does not lead to what was signed."),
        "not-signed": _("The signature is not ours."),
    }


@never_cache
@require_safe
def follow_deletion(request: HttpRequest, word: str) -> HttpResponse:
    """Show how far a deletion has come, and its receipt at the end. Whoever has the address may see it for 30 days."""
    found = erasures.watched(word, clock.now())
    if found is None:
        raise Http404
    if "download" in request.GET and found.document:
        return _download(found.document)
    body = _shown(found.document["body"]) if found.document else None
    around = {"found": found, "body": body, "steps": _steps(found.steps_done)}
    answer = render(request, "storefront/deletion.html", around)
    if not found.done:
        answer["Refresh"] = "3"
    return answer


def _shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a receipt's body as a page shows it: moments as moments, kinds of data by their titles."""
    moments = ("asked_at", "done_at", "unreadable_since", "final_at")
    titles = {holder.name: _(holder.title) for holder in register.holders()}
    return {
        **body,
        **{name: datetime.fromisoformat(body[name]) for name in moments},
        "records": [(titles.get(name, name), count) for name, count in body["erased"]["records"].items()],
        "separated": [(titles.get(name, name), count) for name, count in body.get("separated", {}).items()],
        "stays": [
            {
                **kept,
                "what": titles.get(kept["what"], kept["what"]),
                "until": date.fromisoformat(kept["until"]),
            }
            for kept in body["stays"]
        ],
    }


def _steps(done: int) -> list[dict[str, Any]]:
    words = [
        _("What a law makes us keep is set aside"),
        _("Your services end; you are signed out everywhere already"),
        _("Your keys are destroyed; from then on nothing can be read any more"),
        _("Records, files and sessions are removed, or separated from you"),
        _("Waiting work about you is removed"),
        _("We search everything for what may be left"),
        _("The receipt is written and signed"),
    ]
    return [
        {"words": text, "done": index < done, "current": index == done} for index, text in enumerate(words)
    ]


def _download(document: Mapping[str, Any]) -> HttpResponse:
    content = json.dumps(document, indent=2, ensure_ascii=False)
    answer = HttpResponse(content, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{document["body"]["receipt"]}.json"'
    return answer
