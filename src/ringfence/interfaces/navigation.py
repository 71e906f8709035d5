"""What a navigation consists of."""

from dataclasses import dataclass

from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True)
class Entry:
    """One link of a navigation; `current` when the page is this one or lies below it, `new` what waits there."""

    url: str
    label: Text
    current: bool = False
    new: int = 0


@dataclass(frozen=True)
class LanguageChoice:
    """One language of the switch; `url` is the same page in that language."""

    code: str
    label: str
    url: str
    current: bool
