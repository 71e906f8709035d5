"""The shape of the policy's text: clauses in Norwegian and English, and where the law asks for more."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Language = Literal["nb", "en"]

FACTS: Final = frozenset(
    {
        "company",
        "group_companies",
        "contact_phone",
        "contact_email",
        "request_days",
        "cancel_working_days",
        "eea_days",
        "notice_days",
        "account_days",
        "access_days",
        "traffic_days",
        "messages_days",
        "support_years",
        "books_years",
        "consent_years",
        "papers_days",
        "erasure_final_days",
        "authority",
    }
)
"""Names of the facts the text is filled with, so that text and behaviour cannot drift apart.

Days and years are whole numbers, written in digits. `group_companies` is a list in words and may be empty.
"""

_EMPTY: Final[dict[tuple[str, str], str]] = {
    ("group_companies", "nb"): "ingen for tiden",
    ("group_companies", "en"): "none at present",
}


class _Filler(string.Formatter):
    """Fills `{name}` and `{name:one|many}`; the second writes the figure with the fitting word after it."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Write one fact."""
        one, bar, many = format_spec.partition("|")
        if not bar:
            return str(value)
        return f"{value}\N{NO-BREAK SPACE}{one if str(value) == '1' else many}"


@dataclass(frozen=True)
class Stricter:
    """Where the law asks more than the clause: what we do then. `article` names the rule.

    `to_confirm` marks what a lawyer has yet to confirm.
    """

    article: str
    nb: str
    en: str
    to_confirm: bool = False


@dataclass(frozen=True)
class Clause:
    """One statement of the policy, with `{facts}` in it, under the number it keeps for ever."""

    number: str
    section: int
    nb: str
    en: str
    stricter: Stricter | None = None


@dataclass(frozen=True)
class Title:
    """The heading of a section in both languages."""

    nb: str
    en: str


@dataclass(frozen=True)
class Paragraph:
    """A clause as a reader sees it, with the facts filled in; `law_note` and `article` may be empty."""

    number: str
    section: int
    text: str
    law_note: str = ""
    article: str = ""


@dataclass(frozen=True)
class Section:
    """A section as a reader sees it."""

    number: int
    title: str
    clauses: tuple[Paragraph, ...]


def filled(text: str, facts: Mapping[str, str], language: Language) -> str:
    """Return the text with its facts. Raises KeyError for a missing fact, ValueError for an unknown one."""
    chosen = {}
    for name in named(text):
        if name not in FACTS:
            message = f"the policy knows no fact called {name}"
            raise ValueError(message)
        chosen[name] = str(facts[name]) or _EMPTY.get((name, language), "")
    return _Filler().vformat(text, (), chosen)


def named(text: str) -> frozenset[str]:
    """Return the names of the facts a text asks for."""
    return frozenset(name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name)


def paragraph(clause: Clause, facts: Mapping[str, str], language: Language) -> Paragraph:
    """Return a clause as its reader sees it. Raises KeyError when a fact is missing."""
    stricter = clause.stricter
    return Paragraph(
        number=clause.number,
        section=clause.section,
        text=filled(getattr(clause, language), facts, language),
        law_note=filled(getattr(stricter, language), facts, language) if stricter else "",
        article=stricter.article if stricter else "",
    )
