"""The question about letters with news, which go to those alone who have said yes (clause 2.2)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.consent.rules import NEWS_VALID, Extra, Said

LANGUAGES: Final = ("nb", "en")


@dataclass(frozen=True, slots=True)
class Question:
    """The question in one language, with all that somebody must know to answer it."""

    question: str
    what: str
    kept: str
    change: str


def question(language: str) -> Question:
    """Return the question in a language."""
    with translation.override(language):
        return Question(
            question=_("May we write to you about what is new?"),
            what=_(
                "New services, new countries and offers, by e-mail, a few times a year. What you must know about the"
                " services you have comes in any case."
            ),
            kept=_("Your answer counts for %(years)s years. If you say no, everything works just as well.")
            % {"years": NEWS_VALID.days // 365},
            change=_("You can change your mind at any time, here or by the link in each of these letters."),
        )


def text() -> Mapping[str, Any]:
    """Return the question in both languages, as it is stored."""
    return {language: asdict(question(language)) for language in LANGUAGES}


def agreed(at: datetime) -> "QuerySet[ConsentRecord]":
    """Return the answers of those who want news at a moment."""
    return ConsentRecord.objects.filter(
        purpose=Extra.NEWS, state=Said.GIVEN, replaced_at=None, ends_at__gt=at, decided_at__lte=at
    )


def is_wanted(person: UUID, at: datetime) -> bool:
    """Tell whether a person wants letters with news."""
    return agreed(at).filter(subject=person).exists()
