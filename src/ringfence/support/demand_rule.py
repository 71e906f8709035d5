"""One row of the words by which demands in letters are told. No Django, no clock."""

from dataclasses import dataclass

from ringfence.privacy.rules import RequestKind


@dataclass(frozen=True, slots=True)
class Rule:
    """A word for what is to be done, and one for what it is to be done to; without the latter the first is enough."""

    kind: RequestKind
    act: str
    thing: str = ""
