"""What telephony needs from outside: a switch that places calls, and the records it leaves behind.

The switch is told the current state of each number and never asks for it. The records come back
as lines of files (the spool), so that a stopped database costs no call and no record. Which
adapters are used is named in the settings `SWITCH_ADAPTER` and `SPOOL_ADAPTER`, each the dotted
path of a function without parameters that returns the adapter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string


class SwitchUnavailable(Exception):
    """The switch did not answer; what was to be published must be published again."""


class RouteState(StrEnum):
    """What the switch does with a call to the number."""

    IN_SERVICE = "in_service"
    """Rings its destination; SIP 480 where it has none."""
    SUSPENDED = "suspended"
    """Refused with SIP 403 (clause 5.4)."""
    QUARANTINE = "quarantine"
    """Given back and not yet sold again: refused with SIP 410."""


class Destination(NamedTuple):
    """Where a number rings: a SIP URI, and for how many seconds."""

    uri: str
    ring_seconds: int


@dataclass(frozen=True, slots=True)
class Route:
    """The current state of one number at the switch.

    `e164` is written with its plus sign. `version` grows with each change of the number; an older
    one never replaces a newer one. The destinations are not in the `repr`: they are the customer's.
    """

    e164: str
    state: RouteState
    destinations: tuple[Destination, ...] = field(default=(), repr=False)
    version: int = 0


class Switch(Protocol):
    """A node that receives the carriers' calls and knows by itself where each number rings."""

    def publish(self, routes: Sequence[Route]) -> None:
        """Make these the state of their numbers, at once and after a restart; repeats do no harm.

        Raises `SwitchUnavailable` when the node cannot be told. It then still learns the state at
        its next start, and a repeat tells it sooner. Raises ValueError for a route that cannot be
        written (see `ringfence.telephony.routing`), before anything is changed.
        """

    def withdraw(self, numbers: Sequence[str]) -> None:
        """Forget these numbers: calls to them are answered with SIP 404. Raises like `publish`."""

    def routes(self) -> dict[str, str]:
        """What the node holds in memory now: number (E.164) to encoded route.

        For comparison with what should be there, encoded by `ringfence.telephony.routing.encode`.
        Raises `SwitchUnavailable`.
        """

    def counters(self) -> dict[str, int]:
        """What the node has counted since it started: placed calls, strangers refused and the like.

        Raises `SwitchUnavailable`.
        """

    def healthy(self) -> bool:
        """Whether the node answers."""


class Outcome(StrEnum):
    """How a call went."""

    IN_PROGRESS = "in_progress"
    """Answered; its end is not known yet."""
    ANSWERED = "answered"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    """It rang, and nobody answered in time."""
    CANCELLED = "cancelled"
    """The caller hung up before it was answered."""
    UNREACHABLE = "unreachable"
    """The destination did not react, or answered with an error."""
    FULL = "full"
    """Every line was in use: of the number, of the customer, or of the node (`why` says which)."""
    CAPPED = "capped"
    """Forwarding had reached its limit."""
    LOOP = "loop"
    """The call came round to where it had been."""
    NOWHERE = "nowhere"
    """No destination was set, or none for this time."""
    MISSED_BY_MAIL = "mail"
    """The plan came to its last step: the customer gets a letter."""
    INTERRUPTED = "interrupted"
    """Answered; when it ended is not known, because the node went down during the call."""


@dataclass(frozen=True, slots=True)
class SpooledCall:
    """One call record as the switch wrote it. An answered call comes twice: at its start and at its end.

    Both carry the same `call_id`, and the one with `ended_at` replaces the other. Numbers are E.164
    with plus sign; `caller` is empty when it was withheld or was no number. Moments are aware, in
    UTC. Neither number is in the `repr` (class `traffic`, clause 2.8).
    """

    call_id: str
    caller: str = field(repr=False)
    called: str = field(repr=False)
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome
    node: str
    why: str = ""
    """The cause as the switch names it: limit, cap, loop, mail, nowhere, full; empty where there is none."""
    step: int | None = None
    """Which step of the plan was tried last, from 0."""
    code: int | None = None
    """What SIP said of a call that failed."""


class SpooledLine(NamedTuple):
    """One complete line of the spool.

    `file` and `end` (bytes) are what to remember, in the transaction that stores the record, to
    go on behind this line. `call` is None when the line cannot be read; it is to be counted and passed.
    """

    file: str
    end: int
    call: SpooledCall | None


class CallRecordSpool(Protocol):
    """The call records a node has written and nobody has taken in yet."""

    @property
    def node(self) -> str:
        """The name of the node; offsets are kept apart by it."""

    def began_at(self) -> datetime | None:
        """When the node was started last; None when that is not known. It knows no call from before."""

    def read(self, offsets: Mapping[str, int]) -> Iterator[SpooledLine]:
        """Yield the complete lines behind the given offsets (file to bytes; a file not named starts at 0)."""

    def clear(self, offsets: Mapping[str, int]) -> frozenset[str]:
        """Blank what lies before the offsets and remove files that are done; call it after the commit.

        Returns the files that exist no longer, so that their offsets may be forgotten. May be
        repeated, and never touches a line behind its offset.
        """

    def waiting(self, offsets: Mapping[str, int]) -> int:
        """How many bytes lie behind the given offsets."""


def switch() -> Switch:
    """The switch that the settings name. Raises ImproperlyConfigured when they name none."""
    return cast("Switch", _adapter("SWITCH_ADAPTER"))


def spool() -> CallRecordSpool:
    """The spool that the settings name. Raises ImproperlyConfigured when they name none."""
    return cast("CallRecordSpool", _adapter("SPOOL_ADAPTER"))


def _adapter(setting: str) -> object:
    path = getattr(settings, setting, None)
    if not path:
        message = f"{setting} is not set: it must name a function that returns the adapter, by dotted path."
        raise ImproperlyConfigured(message)
    try:
        factory = cast("Callable[[], object]", import_string(path))
    except ImportError as error:
        message = f"{setting} names {path}, which cannot be imported: {error}"
        raise ImproperlyConfigured(message) from error
    return factory()
