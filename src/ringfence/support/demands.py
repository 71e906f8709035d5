"""Which demands a letter states, by rules that can be explained (clause 4.2). No Django, no clock.

A demand is a word for what is to be done, and a word for what it is to be done to, in one sentence that does not say
no. What a letter quotes is not said by it, and neither is the subject of an answer. Whoever asks in other words is not
understood; nothing is made up. Of each demand it can be said which sentence it was, and which words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ringfence.privacy.rules import RequestKind
from ringfence.support.demand_rule import Rule
from ringfence.support.demand_words import PASSED_OVER, POINTS_ELSEWHERE, REFUSED, RULES, SMALL_WORDS

_QUOTED: Final = re.compile(
    r"(?:^>.*$)|(?:^(?:On|Den|På) .{0,200}(?:wrote|skrev)[^\n]{0,100}:[\s\S]*)|(?:^-{3,}[\s\S]*)"
    r"|(?:^(?:From|Fra|Von): .*\n(?:Sent|Date|Sendt|Dato): [\s\S]*)",
    re.MULTILINE,
)
_ANSWERED: Final = re.compile(r"\A\s*(?:re|sv|vs|fwd?|aw|ang)\s*:.*", re.IGNORECASE)
_SENTENCE: Final = re.compile(
    r"(?<!\bart)(?<!\bnr)(?<!\bno)[.!?;:]+\s|\n\s*\n|\n\s*(?:[-*•]|\d+[.)])\s|\s\d+[.)]\s|\s(?:but|men)\s",
    re.IGNORECASE,
)
_BETWEEN: Final = r"(?:[^\w,]+\w+){0,2}[^\w,]+"
_FEW_WORDS: Final = 6
_LOOKED_AROUND: Final = 2
"""Sentences before one that points elsewhere, in which the thing may be named."""
_ASKS: Final = re.compile(r"(?:can|could|may|kan|kunne) (?:i|we|jeg|eg|vi)\b", re.IGNORECASE)
"""How a question begins whose thing may be named behind it."""


@dataclass(frozen=True, slots=True, repr=False)
class Reason:
    """Why a letter was taken to ask for something: the sentence, and the words in it."""

    kind: RequestKind
    sentence: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Demands:
    """What a letter asks for, why, and the language it asks in; nothing where no rule understands it."""

    reasons: tuple[Reason, ...]
    language: str

    @property
    def kinds(self) -> tuple[RequestKind, ...]:
        """The kinds of request, each once."""
        return tuple(reason.kind for reason in self.reasons)


def demands_in(text: str) -> Demands:
    """Return the demands that a letter states: its subject, an empty line, and what it says."""
    said = list(_sentences(_ANSWERED.sub("", _QUOTED.sub("", text))))
    found = {language: tuple(_reasons(said, language)) for language in RULES}
    language = max(found, key=lambda one: len(found[one]))
    return Demands(found[language], language if found[language] else "")


def language_of(text: str) -> str:
    """Return the language a letter is written in, as its small words tell: nb or en."""
    words = set(re.findall(r"\w+", text.lower()))
    return max(SMALL_WORDS, key=lambda language: len(words & SMALL_WORDS[language]))


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        words = " ".join(sentence.split())
        if words:
            yield words


def _reasons(said: Sequence[str], language: str) -> Iterator[Reason]:
    """Yield for each kind the first sentence that states it, in the order of the kinds."""
    for kind in RequestKind:
        rules = [rule for rule in RULES[language] if rule.kind is kind]
        stated = (_stated(said, place, rule, language) for place in range(len(said)) for rule in rules)
        found = next(filter(None, stated), None)
        if found is not None:
            yield found


def _stated(said: Sequence[str], place: int, rule: Rule, language: str) -> Reason | None:
    sentence = said[place]
    act = _whole(rule.act).search(sentence)
    if act is None or _is_passed_over(sentence, rule, language):
        return None
    if not rule.thing:
        return Reason(rule.kind, sentence, (act.group(),))
    thing = _whole(rule.thing).search(sentence)
    if thing is None and _points_elsewhere(sentence, language):
        around = [*said[max(0, place - _LOOKED_AROUND) : place]]
        around += said[place + 1 : place + 2] if _ASKS.match(sentence) else []
        thing = _whole(rule.thing).search(" ".join(around))
    return Reason(rule.kind, sentence, (act.group(), thing.group())) if thing else None


def _points_elsewhere(sentence: str, language: str) -> bool:
    return len(sentence.split()) <= _FEW_WORDS or bool(_pattern(POINTS_ELSEWHERE[language]).search(sentence))


def _is_passed_over(sentence: str, rule: Rule, language: str) -> bool:
    no = REFUSED[language]
    denied = rf"\b{no}{_BETWEEN}(?:{rule.act})\b|\b(?:{rule.act})\W+{no}\b"
    if _pattern(denied).search(sentence):
        return True
    return any(_pattern(one).search(sentence) for one in PASSED_OVER[language].values())


def _whole(words: str) -> re.Pattern[str]:
    return _pattern(rf"\b(?:{words})\b")


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
