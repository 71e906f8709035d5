"""Letters as people write them, with what they ask for: how well they are understood (clause 4.2).

Those in `*_aside.txt` were written after the rules were fixed, and only measure: the rules are not tuned on them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ringfence.privacy.rules import RequestKind
from ringfence.support.demands import demands_in

LETTERS = Path(__file__).parent / "asking"
LANGUAGES = ("nb", "en")


@dataclass(frozen=True, slots=True)
class Written:
    """One letter, and what a person says it asks for."""

    language: str
    place: int
    kinds: frozenset[RequestKind]
    text: str


@dataclass(frozen=True, slots=True)
class Score:
    """How demands were understood: found rightly, found wrongly, missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Of the demands that were found, the part that was there."""
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of the demands that were there, the part that was found."""
        return self.right / max(1, self.right + self.missed)


def letters(language: str, *, aside: bool) -> Iterator[Written]:
    """Yield the letters of a language, numbered from 1: those the rules were tuned on, or those set aside."""
    whole = (LETTERS / f"{language}{'_aside' if aside else ''}.txt").read_text("utf-8")
    for place, block in enumerate(whole.split("=== ")[1:], 1):
        asked, _line, text = block.partition("\n")
        kinds: frozenset[RequestKind] = (
            frozenset() if asked == "-" else frozenset(map(RequestKind, asked.split(",")))
        )
        yield Written(language, place, kinds, text.strip())


def score(written: Iterable[Written]) -> Score:
    """Return how the demands of some letters are understood."""
    seen: Counter[str] = Counter()
    for letter in written:
        found = set(demands_in(letter.text).kinds)
        seen["right"] += len(found & letter.kinds)
        seen["wrong"] += len(found - letter.kinds)
        seen["missed"] += len(letter.kinds - found)
    return Score(seen["right"], seen["wrong"], seen["missed"])
