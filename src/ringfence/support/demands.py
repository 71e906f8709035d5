"""Which demands a letter states, by rules that can be explained (clause 4.2). No Django, no clock.

A demand is a word for what is to be done, and a word for what it is to be done to, in one sentence that does not say
no. What a letter quotes is not said by it. Whoever asks in other words is not understood; nothing is made up.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ringfence.privacy.rules import RequestKind

COPY, CHANGE, DELETE, CANCEL = RequestKind.COPY, RequestKind.CHANGE, RequestKind.DELETE, RequestKind.CANCEL

_ABOUT_ME: Final = {
    "nb": r"(?:person)?(?:opplysning|data|informasjon)\w*|om meg|lagret",
    "en": r"(?:personal )?(?:data|information|details|records)|about me|you (?:have|hold|keep|store)",
}
WORDS: Final[Mapping[str, Mapping[RequestKind, tuple[str, str]]]] = {
    "nb": {
        COPY: (r"kopi|utskrift|innsyn\w*", _ABOUT_ME["nb"]),
        CHANGE: (
            r"endre|endring|rett|rette|rettet|oppdater|oppdatere|korriger|korrigere",
            rf"(?:navn|adresse|telefon|e-?post|firma)\w*|{_ABOUT_ME['nb']}",
        ),
        DELETE: (
            r"slett|slette|slettet|slettes|sletting|fjern|fjerne|fjernet",
            rf"konto\w*|brukeren min|alt|{_ABOUT_ME['nb']}",
        ),
        CANCEL: (
            r"avbestill|avbestille|kanseller|kansellere|angre|angrer|si opp|sier opp",
            r"(?:bestilling|ordre|nummer|kjøp|abonnement|avtale)\w*",
        ),
    },
    "en": {
        COPY: (r"copy|copies|access", _ABOUT_ME["en"]),
        CHANGE: (
            r"change|correct|update|rectify|amend",
            rf"name|address|phone|e-?mail|company|{_ABOUT_ME['en']}",
        ),
        DELETE: (r"delete|erase|remove|deletion|erasure", rf"account|everything|{_ABOUT_ME['en']}"),
        CANCEL: (r"cancel|withdraw from|return", r"order|number|purchase|subscription|contract"),
    },
}
"""By language and kind: what is to be done, and to what."""

_NO: Final = {"nb": r"(?:ikke|aldri|uten å)", "en": r"(?:not|never|don[’']t|without)"}
_BETWEEN: Final = r"(?:\W+\w+){0,2}\W+"
_QUOTED: Final = re.compile(
    r"(?:^>.*$)|(?:^(?:On|Den|På) .{0,200}(?:wrote|skrev)[^\n]{0,100}:[\s\S]*)|(?:^-{3,}[\s\S]*)",
    re.MULTILINE,
)
_SENTENCE: Final = re.compile(r"[.!?;:]+\s|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Demands:
    """What a letter asks for, and the language it asks in; nothing where no rule understands it."""

    kinds: tuple[RequestKind, ...]
    language: str


def demands_in(text: str) -> Demands:
    """Return the demands that a letter states: its subject, an empty line, and what it says."""
    said = list(_sentences(_QUOTED.sub("", text)))
    found = {
        language: tuple(kind for kind in kinds if any(_states(one, kind, language) for one in said))
        for language, kinds in WORDS.items()
    }
    language = max(found, key=lambda one: len(found[one]))
    return Demands(found[language], language if found[language] else "")


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        yield " ".join(sentence.split())


def _states(sentence: str, kind: RequestKind, language: str) -> bool:
    act, thing = WORDS[language][kind]
    no = _NO[language]
    if not re.search(rf"\b(?:{act})\b", sentence, re.IGNORECASE):
        return False
    denied = rf"\b{no}{_BETWEEN}(?:{act})\b|\b(?:{act})\W+{no}\b"
    return bool(re.search(rf"\b(?:{thing})\b", sentence, re.IGNORECASE)) and not re.search(
        denied, sentence, re.IGNORECASE
    )
