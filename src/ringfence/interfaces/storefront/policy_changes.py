"""What changed between two versions of the policy, marked, for anybody to read (clause 5.2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.language import of_page
from ringfence.interfaces.storefront import policy_tables
from ringfence.privacy import policy as policies
from ringfence.privacy.policy import comparing

STATES: Final[Mapping[str, str | Promise]] = {
    comparing.ADDED: pgettext_lazy("version", "New"),
    comparing.CHANGED: pgettext_lazy("version", "Changed"),
    comparing.REMOVED: pgettext_lazy("version", "Taken out"),
}

CLAUSE_PARTS: Final = 3
"""The text of a clause, what the law adds, and its article."""


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Lead to the comparison that was chosen; without a choice, to the newest version and the one before it."""
    numbers = sorted(one.number for one in policies.versions(clock.now()))
    if not numbers:
        raise Http404
    newest = numbers[-1]
    before = numbers[-2] if len(numbers) > 1 else newest
    old, new = (_chosen(request, name, numbers) for name in ("from", "to"))
    return redirect("storefront:policy_compared", old or before, new or newest)


def _chosen(request: HttpRequest, name: str, numbers: list[int]) -> int | None:
    given = request.GET.get(name, "")
    known = {str(number): number for number in numbers}
    return known.get(given)


@require_safe
def compared(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """Show two versions together, at an address that stays: what went, what came, and what is the same."""
    before, after = policies.version(old), policies.version(new)
    if before is None or after is None:
        raise Http404
    at = clock.now()
    around = {
        **marked(before.text, after.text),
        "before": policies.version_view(before, at),
        "after": policies.version_view(after, at),
        "pair": [policies.version_view(one, at) for one in (before, after)],
        "versions": policies.versions(at),
        "summary": after.summary.get(of_page(), "") if old < new else "",
    }
    return render(request, "storefront/policy_compared.html", around)


def marked(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the comparison of two texts in the language of the page, as the template shows it."""
    language = of_page()
    sections = comparing.compared(before, after, language)
    tables = comparing.compared_tables(
        policies.tables_of(dict(before), language),
        policies.tables_of(dict(after), language),
        policies.COLUMNS,
    )
    return {
        "changed_sections": [_shown(group, ("",) * CLAUSE_PARTS) for group in sections if group.changed],
        "changed_tables": [
            {**_shown(group, policy_tables.HEADINGS[group.name]), "title": policy_tables.TITLES[group.name]}
            for group in tables
            if group.changed
        ],
        "same": [one.name for group in sections for one in group.found if one.state == comparing.SAME],
        "changes": sum(len(group.changed) for group in (*sections, *tables)),
    }


def _shown(group: comparing.Group, headings: Sequence[str | Promise]) -> dict[str, Any]:
    return {
        "number": group.name,
        "title": group.title,
        "found": [
            {
                "name": one.name,
                "label": STATES[one.state],
                "parts": [
                    {"heading": heading, "marked": _marked(part)}
                    for heading, part in zip(headings, one.parts, strict=True)
                    if any(kind != comparing.SAME for kind, _words in part)
                ],
            }
            for one in group.changed
        ],
    }


def _marked(part: Sequence[comparing.Piece]) -> SafeString:
    return format_html_join("", "{}", ((_piece(kind, words),) for kind, words in part))


def _piece(kind: str, words: str) -> str:
    if kind == comparing.ADDED:
        return format_html("<ins>{}</ins>", words)
    return format_html("<del>{}</del>", words) if kind == comparing.REMOVED else words
