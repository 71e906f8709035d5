"""What somebody is shown when they are asked: the very text of the page is what the record points at."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ringfence.privacy.consent.rules import VALID

LANGUAGES: Final = ("nb", "en")
RECIPIENT: Final = "Google Ireland Limited"


@dataclass(frozen=True, slots=True)
class Notice:
    """The question in one language, with all that somebody must know to answer it (GDPR art. 4(11) and 13)."""

    question: str
    what_for: str
    what: str
    recipient: str
    kept: str
    change: str


def measurement() -> str:
    """Return the measurement id of the operator at Google; empty when nothing is measured and nobody is asked."""
    return str(settings.ANALYTICS_ID)


def notice(language: str) -> Notice:
    """Return the question in a language."""
    with translation.override(language):
        return Notice(
            question=_("May Google count your visit?"),
            what_for=_("We would like to know which pages are read, to make them better. Nothing else."),
            what=_(
                "Google then learns which page you read and when, your network address and what kind of browser you"
                " use, and sets two cookies here. Not for advertising, and never while you are signed in."
            ),
            recipient=RECIPIENT,
            kept=_("Your answer counts for %(days)s days. If you say no, everything works just as well.")
            % {"days": VALID.days},
            change=_("You can change your mind at any time, at the foot of every page."),
        )


def text() -> Mapping[str, Any]:
    """Return the question in both languages, as it is stored."""
    return {language: asdict(notice(language)) for language in LANGUAGES}


def digest_of(question: Mapping[str, Any]) -> str:
    """Return the digest of a question: over compact JSON with sorted keys."""
    compact = json.dumps(question, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(compact.encode()).hexdigest()


@cache
def digest() -> str:
    """Return the digest of the question of today, which is the same for the life of the process."""
    return digest_of(text())
