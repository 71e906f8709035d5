"""Troubles that can be asked for, so that a shop can be tested against a provider that behaves badly."""

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Self

_STATUSES: Final = (429, 500, 502, 503)
_WEBHOOKS: Final = ("deliver", "hold", "lose")
_MOST: Final = 1000


class NotATrouble(ValueError):
    """What was asked for is not one of the troubles, or is out of its range."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong at present. The default is: nothing.

    The next ``fail_next`` API calls are answered with ``fail_status`` and do nothing; the next ``lose_next``
    calls do what they say and are answered 502 all the same. Each new event is sent ``repeat_webhooks`` more
    times than once, ``delay_webhooks`` seconds late, and not at all while ``webhooks`` is ``hold`` (kept
    until released) or ``lose`` (listed, never sent).
    """

    fail_next: int = 0
    fail_status: int = 503
    lose_next: int = 0
    repeat_webhooks: int = 0
    delay_webhooks: float = 0
    webhooks: str = "deliver"

    @classmethod
    def parse(cls, asked: dict[str, Any]) -> Self:
        """The trouble asked for, from JSON. Raises ``NotATrouble``."""
        known = {field.name for field in fields(cls)}
        if set(asked) - known:
            message = "known are: " + ", ".join(sorted(known))
            raise NotATrouble(message)
        trouble = replace(cls(), **asked)
        counts = (trouble.fail_next, trouble.lose_next, trouble.repeat_webhooks)
        if any(type(count) is not int or not 0 <= count <= _MOST for count in counts):
            message = f"counts are whole numbers from 0 to {_MOST}"
            raise NotATrouble(message)
        if type(trouble.delay_webhooks) not in (int, float) or not 0 <= trouble.delay_webhooks <= _MOST:
            message = f"delay_webhooks is a number of seconds from 0 to {_MOST}"
            raise NotATrouble(message)
        if trouble.fail_status not in _STATUSES or trouble.webhooks not in _WEBHOOKS:
            message = f"fail_status is one of {_STATUSES}, webhooks one of {_WEBHOOKS}"
            raise NotATrouble(message)
        return trouble

    def as_json(self) -> dict[str, Any]:
        """The trouble as JSON takes it."""
        return asdict(self)
