"""A trial: a real call to a demonstration's number, placed by the worker, whose messages can be watched as they come.

What is kept of it are its messages' names and moments, for an hour, and nothing about anybody. The adapter is named
in the setting `TRIAL_ADAPTER`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ringfence.kernel.refusal import Refusal, gettext_noop

IN_SERVICE: Final = "+442079460110"
SUSPENDED: Final = "+442079460111"
UNKNOWN: Final = "+12025550199"
"""Numbers of ranges kept free for fiction. The first two are the demonstration's; the last is in nobody's stock."""
CALLER: Final = "+442079460999"
KEPT_SECONDS: Final = 3600
IN_AN_HOUR: Final = 60


class Kind(StrEnum):
    """What is tried."""

    ANSWERED = "answered"
    BUSY = "busy"
    UNANSWERED = "unanswered"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


CALLED: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.ANSWERED: IN_SERVICE,
        Kind.BUSY: IN_SERVICE,
        Kind.UNANSWERED: IN_SERVICE,
        Kind.SUSPENDED: SUSPENDED,
        Kind.UNKNOWN: UNKNOWN,
    }
)


RINGING: Final = frozenset({Kind.ANSWERED, Kind.BUSY, Kind.UNANSWERED})
"""What is tried with the number that rings."""
REFUSED: Final = frozenset({0, 403, 404, 410})
"""Ends of calls that no log tells of: no answer, suspended, nobody's, at rest."""
NOT_SENT: Final = REFUSED | {482, 503}
"""Ends that say nothing of where the number rings."""


class Party(StrEnum):
    """Who takes part in a call."""

    CARRIER = "carrier"
    SWITCH = "switch"
    PHONE = "phone"


class Step(NamedTuple):
    """One message: when it was seen (milliseconds since the call began), from whom to whom, and what it says.

    `said` is `INVITE` or `180 Ringing`, `method` what it belongs to.
    """

    at: float
    sender: Party
    receiver: Party
    said: str
    method: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it stands. `status` is the SIP code of the end, 0 when there was none; `setup` in milliseconds."""

    id: str
    kind: Kind
    steps: tuple[Step, ...] = ()
    ended: bool = False
    status: int = 0
    setup: float | None = None
    trouble: str = ""

    @property
    def rang(self) -> bool:
        """Whether the phone rang."""
        return any(step.sender is Party.PHONE and step.said.startswith("180") for step in self.steps)

    @property
    def has_no_phone(self) -> bool:
        """Whether the switch sent a call that was to ring at no time to the demonstration's phone."""
        placed = self.ended and not self.trouble and self.kind in RINGING
        return (
            placed
            and self.status not in NOT_SENT
            and all(one.receiver is not Party.PHONE for one in self.steps)
        )

    @property
    def is_logged(self) -> bool:
        """Whether its owner finds it in the log: a number that is suspended, at rest or nobody's has none."""
        return self.ended and self.kind in RINGING and self.status not in REFUSED


class Stage(Protocol):
    """Where trials take place."""

    def open(self, kind: Kind) -> tuple[str, bool]:
        """Begin a trial: its id, and whether it is new; one that still runs is given back instead.

        Raises Refusal when there were too many within the hour.
        """

    def place(self, trial: str, number: str, caller: str) -> None:
        """Place its call and write down what is said. Returns when the call is over; a trial that is gone is none."""

    def look(self, trial: str) -> Trial | None:
        """Return a trial as it stands, None when it is not kept any more."""

    def tidy(self) -> None:
        """Forget what is older than an hour."""

    def ready(self) -> bool:
        """Whether this machine has a switch."""


def stage() -> Stage:
    """The stage that the settings name."""
    return cast("Stage", import_string(settings.TRIAL_ADAPTER)())


def too_many() -> Refusal:
    """Return the refusal of one trial more."""
    return Refusal(
        "trial.too_many",
        gettext_noop(
            "That was many calls within an hour. Look at the last ones, or come back a little later."
        ),
    )


def look(trial: str) -> Trial | None:
    """Return a trial as it stands, None when it is not kept any more."""
    return stage().look(trial)


def ready() -> bool:
    """Whether this machine has a switch."""
    return stage().ready()
