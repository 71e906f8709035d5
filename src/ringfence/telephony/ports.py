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

from ringfence.telephony.starting_point import StartingPoint


class SwitchUnavailable(Exception):
    """The switch did not answer; what was to be published must be published again."""


class SnapshotUnavailable(SwitchUnavailable):
    """What the node starts from could not be read or written just now (disk full, locked); it may still be whole."""


class RouteState(StrEnum):
    """What the switch does with a call to the number."""

    IN_SERVICE = "in_service"
    """Rings its destination; SIP 480 where it has none."""
    SUSPENDED = "suspended"
    """Refused with SIP 403 (clause 5.4)."""
    QUARANTINE = "quarantine"
    """Given back and not yet sold again: refused with SIP 410."""


class StepKind(StrEnum):
    """What a step of a plan rings."""

    SIP = "sip"
    """A SIP URI."""
    PHONE = "phone"
    """A phone that registers here, by its name."""
    FORWARD = "forward"
    """A phone number (E.164 with plus sign), through a carrier."""
    MAIL = "mail"
    """Nothing: the call ends unanswered and its customer gets a letter. Without target, and of 0 seconds."""


class Step(NamedTuple):
    """One thing that a number rings, and for how many seconds."""

    kind: StepKind
    target: str
    ring_seconds: int


class Plan(NamedTuple):
    """What a number rings, one step after the other until somebody answers."""

    steps: tuple[Step, ...]


class Switchover(NamedTuple):
    """The moment (UTC) until which a plan is in force, and the plan, by its place among those of the route."""

    until: datetime
    plan: int


@dataclass(frozen=True, slots=True)
class Route:
    """The current state of one number at the switch.

    `e164` is written with its plus sign. `version` grows with each change of the number; an older
    one never replaces a newer one. Without a timetable the first plan is in force at all times; after the last
    switchover its plan stays in force. `account` is an opaque token of the customer (hexadecimal): calls at once,
    forwards per minute and seconds of forwarding per day (UTC) are counted for it over all its numbers. Where a
    number leads is not in the `repr`: it is the customer's.
    """

    e164: str
    state: RouteState
    plans: tuple[Plan, ...] = field(default=(), repr=False)
    version: int = 0
    timetable: tuple[Switchover, ...] = field(default=(), repr=False)
    account: str = field(default="", repr=False)
    calls_at_once: int = 10
    account_calls_at_once: int = 30
    stop_when_busy: bool = False
    """Whether a step that is busy ends the call (SIP 486), instead of the next being rung."""
    forwards_per_minute: int = 6
    forward_seconds_per_day: int = 7200


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """A customer's phone that may register at the switch: its name and what proves its password.

    `ha1` is the digest of name, realm and password (RFC 7616 section 3.4.2); `account` as in `Route`.
    """

    username: str
    ha1: str = field(repr=False)
    account: str = field(repr=False)
    version: int = 0


class Switch(StartingPoint, Protocol):
    """A node that receives the carriers' calls and knows by itself where each number rings."""

    def publish(self, routes: Sequence[Route]) -> None:
        """Make these the state of their numbers, at once and after a restart; repeats do no harm.

        Raises `SwitchUnavailable` when the node cannot be told. It then still learns the state at
        its next start, and a repeat tells it sooner. Raises ValueError for a route that cannot be
        written (see `ringfence.telephony.routing`), before anything is changed.
        """

    def withdraw(self, numbers: Sequence[str]) -> None:
        """Forget these numbers: calls to them are answered with SIP 404. Raises like `publish`."""

    def publish_phones(self, accounts: Sequence[PhoneAccount]) -> None:
        """Let these phones register, with these digests and no others; repeats do no harm. Raises like `publish`."""

    def withdraw_phones(self, usernames: Sequence[str]) -> None:
        """Forget these phones: they register no more, and none is rung. Raises like `publish`."""

    def registered(self, usernames: Sequence[str]) -> frozenset[str]:
        """Which of these phones are registered now, and so can be rung. Raises `SwitchUnavailable`."""

    def renew_certificate(self) -> bool:
        """Take up the certificate for TLS that is there now, and return whether it is another than before.

        Calls and connections that are up go on. Raises `SwitchUnavailable`, also when the certificate is of no use;
        the one before then stays in use.
        """

    def routes(self) -> dict[str, str]:
        """What the node holds in memory now: number (E.164) to encoded route.

        For comparison with what should be there, encoded by `ringfence.telephony.routing.encode`.
        Raises `SwitchUnavailable`.
        """

    def counters(self) -> dict[str, int]:
        """What the node has counted since it started: placed calls, strangers refused and the like.

        `started_at` among them is when that was, in seconds since 1970. Raises `SwitchUnavailable`.
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
    FULL = "limit"
    """The number or its customer had as many calls at once as it may have."""
    NODE_FULL = "full"
    """The node itself had as many calls as it can hold; the carrier was told to come back."""
    CAPPED = "cap"
    """It would have been forwarded to a phone number, and the limit on forwarding was reached."""
    LOOP = "loop"
    """It came back to a number that had already forwarded it."""
    NOWHERE = "nowhere"
    """The number had no destination at that moment."""
    MISSED_BY_MAIL = "mail"
    """Nobody answered, and the customer gets a letter about it."""
    AWAY = "away"
    """None of the places where it rings could be rung, such as phones that were not connected."""
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

    def oldest(self, offsets: Mapping[str, int]) -> datetime | None:
        """When the oldest line behind the given offsets was written, as nearly as it says; None when there is none."""


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
