"""The tables of a version of the policy, and what changed between two, as pages show them."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ringfence.interfaces import context
from ringfence.interfaces.language import of_page
from ringfence.privacy import policy as policies
from ringfence.privacy import recipients

TITLES: Final[Mapping[str, str | Promise]] = {
    "held": _("What we hold, what for, and how long"),
    "recipients": _("Who gets what"),
    "rights": _("What you can ask for"),
}
HEADINGS: Final[Mapping[str, tuple[str | Promise, ...]]] = {
    "held": (
        _("Kind of data"),
        _("Fields"),
        _("Where from"),
        _("What for"),
        _("Legal basis"),
        _("Who gets it"),
        pgettext_lazy("for how long", "Kept"),
    ),
    "recipients": (_("Recipient"), _("What they are to us"), _("Gets"), _("Why"), _("Where"), _("Clause")),
    "rights": (_("Right"), _("Article"), _("How")),
}
PAGES: Final[Mapping[str, str]] = {
    "copy": "account:data",
    "change": "account:details",
    "delete": "account:delete",
    "restrict": "storefront:contact",
    "object": "storefront:contact",
    "withdraw": "storefront:cookies",
}
"""Where a right is used."""


def tables(text: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tables of a version in the language of the page; none for a version from before there were any."""
    found = policies.tables_of(dict(text), of_page())
    return [
        {
            "name": name,
            "title": TITLES[name],
            "headings": HEADINGS[name],
            "rows": [_row(name, row) for row in found[name]],
        }
        for name in policies.COLUMNS
        if name in found
    ]


def _row(name: str, row: Mapping[str, str]) -> dict[str, Any]:
    cells = [
        {"heading": heading, "text": row[column]}
        for heading, column in zip(HEADINGS[name], policies.COLUMNS[name], strict=True)
    ]
    key = row.get("key", "")
    return {"cells": cells, "url": context.address(PAGES[key]) if key in PAGES else ""}


def third_parties() -> list[tuple[str, str]]:
    """Return the sites of others that our pages may lead to, and whose they are (clause 7.1)."""
    return sorted(recipients.sites().items())
