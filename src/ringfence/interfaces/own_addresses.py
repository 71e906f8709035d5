"""Which addresses the store asks itself from outside: every page that needs nothing filled in, and answers to mistakes.

What names what it is by design is left out: the program that checks the published record says what it needs.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

from ringfence.interfaces import language, visits
from ringfence.interfaces.access import SENT_ONLY
from ringfence.privacy.policy_text import NUMBERS

NAMES_WHAT_IT_IS: Final = frozenset({"ledger_verifier", "statistics_verifier"})
NOT_ASKED: Final = frozenset({"metrics", "account:openid_start", "account:openid_return", "ledger_hashes"})
"""Not for strangers, leads to somebody else's machine, or is as long as the ledger."""

MISTAKES: Final = (
    *("GET /no-such-thing", "DELETE /healthz", "POST /healthz"),
    *("GET /en/no-such-page/", "GET /nb/no-such-page/", "GET /en/numbers/num_%00/", "GET /en/?digits=%ff%fe"),
    *(
        "POST /en/receipts/",
        "POST /nb/login/",
        "GET /en/account/orders/ord_nothing/",
        "GET /ledger/receipts/rcp_nothing",
    ),
)


def listed() -> list[str]:
    """Return every question: a method and a path."""
    found = set(MISTAKES)
    for name in names_of(get_resolver()):
        if name in NAMES_WHAT_IT_IS | NOT_ASKED:
            continue
        for code in language.LANGUAGES:
            with translation.override(code):
                try:
                    found.add(f"GET {reverse(name)}")
                except NoReverseMatch:
                    continue
    for code in language.LANGUAGES:
        with translation.override(code):
            found |= {f"GET {reverse('storefront:promise', args=[clause])}" for clause in NUMBERS}
    return sorted(found)


def is_expected(question: str, status: int) -> bool:
    """Tell whether an answer from outside is the one that the store itself gives a new visitor.

    A mistake may be told in any way but as trouble of ours, or of whoever stands before us.
    """
    if question in MISTAKES:
        return status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS
    return visits.answer(question.partition(" ")[2], visits.NEW).status_code == status


def names_of(resolver: URLResolver, space: str = "", *, with_parameters: bool = False) -> Iterator[str]:
    """Yield the names of the pages that need nothing filled in; with `with_parameters`, of every route."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from names_of(one, inner, with_parameters=with_parameters)
        elif isinstance(one, URLPattern) and one.name and (with_parameters or _is_page(one)):
            yield f"{space}{one.name}"


def _is_page(one: URLPattern) -> bool:
    """Tell whether a route needs nothing filled in, and is not for a button alone."""
    return not one.pattern.converters and SENT_ONLY not in getattr(one.callback, "__dict__", {})
