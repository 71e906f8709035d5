"""The text of the privacy policy and terms, clause by clause, in Norwegian bokmål and English.

The numbers are those of the promises and never change. Figures are facts filled in from the settings.
"""

from collections.abc import Mapping
from typing import Final

from ringfence.privacy.policy_text import collection, control, retention, sharing, terms, use
from ringfence.privacy.policy_text.clause import (
    FACTS,
    Clause,
    Language,
    Paragraph,
    Section,
    Stricter,
    Title,
    paragraph,
)

__all__ = [
    "ALL",
    "FACTS",
    "NUMBERS",
    "SAMPLE_FACTS",
    "TITLES",
    "Clause",
    "Language",
    "Paragraph",
    "Section",
    "Stricter",
    "Title",
    "clauses",
    "sections",
]

TITLES: Final[Mapping[int, Title]] = {
    0: Title("Hvem vi er", "Who we are"),
    1: Title("Hva vi samler inn, og hvor det kommer fra", "What we collect, and where it comes from"),
    2: Title(
        "Hva vi bruker det til, og hvordan vi passer på det", "What we use it for, and how we look after it"
    ),
    3: Title("Når noe går videre til andre", "When something goes to others"),
    4: Title("Slik endrer eller sletter du", "Changing and deleting"),
    5: Title("Avtalen mellom oss", "The agreement between us"),
    6: Title("Når du ombestemmer deg", "When you change your mind"),
    7: Title("Lenker, kopi og denne siden", "Links, copies and this page"),
}
"""The heading of each section."""

ALL: Final[tuple[Clause, ...]] = (
    *collection.CLAUSES,
    *use.CLAUSES,
    *retention.CLAUSES,
    *sharing.CLAUSES,
    *control.CLAUSES,
    *terms.CLAUSES,
)
"""Every clause, in the order of its number."""

NUMBERS: Final[tuple[str, ...]] = tuple(clause.number for clause in ALL)
"""The numbers of all clauses, in order."""

SAMPLE_FACTS: Final[Mapping[str, str]] = {
    "company": "Example Numbers AS",
    "group_companies": "",
    "contact_phone": "+44 20 7946 0123",
    "contact_email": "support@example.no",
    "request_days": "30",
    "cancel_working_days": "2",
    "eea_days": "14",
    "notice_days": "30",
    "account_days": "30",
    "access_days": "21",
    "traffic_days": "90",
    "messages_days": "30",
    "support_years": "1",
    "books_years": "5",
    "consent_years": "3",
    "papers_days": "30",
    "erasure_final_days": "21",
    "authority": "Datatilsynet",
}
"""Facts with the default figures, for tests and drafts."""


def clauses(facts: Mapping[str, str], language: Language) -> list[Paragraph]:
    """Return every clause in one language, its facts filled in. Raises KeyError when a fact is missing."""
    return [paragraph(clause, facts, language) for clause in ALL]


def sections(facts: Mapping[str, str], language: Language) -> list[Section]:
    """Return the clauses by section, with the section's title. Raises KeyError when a fact is missing."""
    paragraphs = clauses(facts, language)
    return [
        Section(
            number=number,
            title=getattr(title, language),
            clauses=tuple(item for item in paragraphs if item.section == number),
        )
        for number, title in TITLES.items()
    ]
