"""The text as the software has it now: clauses, tables made from the inventory, and the figures it obeys."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from ringfence.privacy import recipients
from ringfence.privacy.inventory import Category, DeclaredField, personal_fields
from ringfence.privacy.policy.facts import facts
from ringfence.privacy.policy_text import sections
from ringfence.privacy.policy_text.clause import Language
from ringfence.privacy.policy_text.kept import LINKS, kept
from ringfence.privacy.policy_text.rights import rights

Text = dict[str, Any]
Row = dict[str, str]
Tables = dict[str, list[Row]]

LANGUAGES: Final[tuple[Language, ...]] = ("nb", "en")
UNITS: Final = ("_days", "_years")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "held": ("what", "fields", "source", "purpose", "basis", "recipients", "kept"),
    "recipients": ("who", "part", "gets", "why", "where", "clause"),
    "rights": ("name", "article", "how"),
}
"""The cells of a row of each table, in the order of the page."""


def drafted() -> Text:
    """Return the text as the software has it now, in both languages, with its tables and figures."""
    filled = facts()
    return {
        **{language: [asdict(one) for one in sections(filled, language)] for language in LANGUAGES},
        "tables": {language: _tables(filled, language) for language in LANGUAGES},
        "figures": {name: value for name, value in sorted(filled.items()) if name.endswith(UNITS)},
        "parties": {
            "company": str(settings.COMPANY_NAME),
            "group": sorted(recipients.group_companies()),
        },
    }


def digest_of(text: Text) -> bytes:
    """Return the digest of a version's text: over compact JSON with sorted keys."""
    compact = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(compact.encode()).digest()


def matters(old: Text, new: Text) -> bool:
    """Tell whether a change is material whatever anybody calls it: a figure, what is held, or who gets it."""
    for part in ("figures", "parties"):
        if part in old and old[part] != new[part]:
            return True
    before, after = (_substance(text) for text in (old, new))
    return before is not None and before != after


def _substance(text: Text) -> object:
    if "tables" not in text:
        return None
    return [
        (text["tables"][language]["held"], text["tables"][language]["recipients"]) for language in LANGUAGES
    ]


def words(text: Text, language: str) -> Iterator[str]:
    """Yield the words of a version in one language in the order in which its page shows them."""
    for section in text[language]:
        yield from _plain(section["title"])
        for clause in section["clauses"]:
            yield from _plain(clause["number"], clause["text"], clause["article"], clause["law_note"])
    for name, columns in COLUMNS.items():
        for row in tables_of(text, language).get(name, ()):
            yield from _plain(*(row[column] for column in columns))


def _plain(*texts: str) -> Iterator[str]:
    for text in texts:
        if text.strip():
            yield " ".join(text.split())


def digest_of_words(found: Iterable[str]) -> bytes:
    """Return the digest of the words of a page, or of a version in one language."""
    return hashlib.sha256("\n".join(found).encode()).digest()


def tables_of(text: Text, language: str) -> Tables:
    """Return the tables of a version by name; none for a version from before there were any."""
    found: Tables = text.get("tables", {}).get(language, {})
    return found


def _tables(filled: Mapping[str, str], language: Language) -> Tables:
    with translation.override(language):
        return {"held": held(filled, language), "recipients": _who(), "rights": rights(filled, language)}


def held(filled: Mapping[str, str], language: Language) -> list[Row]:
    """Return what is held, a row for each kind of data and retention class, in the language that is active."""
    rows = []
    every, getting = personal_fields(), recipients.entered()
    for category in Category:
        fields = [one for one in every if one.declaration.category is category]
        if category is Category.LINK:
            rows.append(_held(category, fields, getting) | {"kept": getattr(LINKS, language)})
            continue
        for name in sorted({one.declaration.retention for one in fields}):
            of_class = [one for one in fields if one.declaration.retention == name]
            rows.append(_held(category, of_class, getting) | {"kept": kept(name, filled, language)})
    return rows


def _held(category: Category, fields: list[DeclaredField], getting: list[recipients.Recipient]) -> Row:
    names = {str(one) for one in fields}
    return {
        "what": _first_upper(gettext(category)),
        "fields": joined(gettext(one.label) for one in fields),
        "source": joined(gettext(one.declaration.source) for one in fields),
        "purpose": joined(gettext(one.declaration.purpose) for one in fields),
        "basis": f"GDPR art. {joined(sorted(one.declaration.basis for one in fields))}",
        "recipients": joined(gettext(one.title) for one in getting if names & set(one.fields)) or "–",
    }


def _who() -> list[Row]:
    return [
        {
            "who": gettext(one.title) + (f" ({one.name()})" if one.name() else ""),
            "part": gettext(one.part),
            "gets": gettext(one.gets),
            "why": gettext(one.why),
            "where": gettext(one.outside() or recipients.WITHIN),
            "clause": one.clause,
            "site": one.site(),
        }
        for one in recipients.entered()
    ]


def joined(texts: Iterable[str]) -> str:
    """Return texts in a row, each once, in the order in which they come."""
    return ", ".join(dict.fromkeys(texts))


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
