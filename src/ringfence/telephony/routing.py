"""How a route is written for the switch: one line of text per number.

    2|in_service|7|9f2c51d0|4,10,0,6,3600|179608320000179612640001|s25>sip:desk@pbx.example.com p20>desk7|m0>

Format version, state, version of the number, account, limits, timetable, then one field per plan.

- Limits: calls at once of the number and of the account, 1 when a busy step ends the call, forwards per minute and
  seconds of forwarding per day of the account.
- Timetable: twelve digits for each switchover, ten of the second (UTC, since 1970) until which a plan holds and two of
  the plan. A fixed width, so that the switch can halve its way to the one in force.
- Plan: its steps, separated by a space. Step: s (SIP address), p (registered phone), f (phone number) or m (mail), the
  seconds to ring, ">", the target. None of "|", space and ">" may be in a target.

A number that is refused has its first three fields and no more: the switch need not know the rest. The format version
comes first, so that a node of another release can tell what it cannot read. Nothing personal but the targets is in it.
`deploy/kamailio/ringfence.cfg` reads it. Format 1, which had one SIP address and nothing else, is still read.
"""

import re
from datetime import UTC, datetime

from ringfence.telephony.ports import PhoneAccount, Plan, Route, RouteState, Step, StepKind, Switchover
from ringfence.telephony.sip_addresses import is_destination, is_internal, is_itself, is_loopback

__all__ = [
    "FORMAT",
    "decode",
    "encode",
    "encode_phone",
    "is_destination",
    "is_internal",
    "is_itself",
    "is_loopback",
    "is_username",
    "key",
    "single",
]

FORMAT = "2"
OLD_FORMAT = "1"
MAX_LENGTH = 4096
"""Characters of one route; what the column of the switch's snapshot holds."""
MAX_STEPS = 8
"""How many steps one plan may have."""
MAX_PLANS = 100
MAX_RING_SECONDS = 120
MAX_CALLS_AT_ONCE = 10_000
MAX_FORWARDS_PER_MINUTE = 1_000
MAX_FORWARD_SECONDS_PER_DAY = 1_000_000

_E164 = re.compile(r"\+[1-9][0-9]{3,14}")
_USERNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_ACCOUNT = re.compile(r"(?:[0-9a-f]{8,64})?")
_HA1 = re.compile(r"[0-9a-f]{32}(?:[0-9a-f]{32})?")
_MOMENT = 10
_SWITCHOVER = 12
_EARLIEST, _LATEST = 10**9, 10**10 - 1
_LETTERS = {StepKind.SIP: "s", StepKind.PHONE: "p", StepKind.FORWARD: "f", StepKind.MAIL: "m"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}


def key(e164: str) -> str:
    """The key of a number at the switch: its digits. Raises ValueError unless it is E.164 with plus sign."""
    if _E164.fullmatch(e164) is None:
        message = "A number must be written as E.164 with its plus sign."
        raise ValueError(message)
    return e164[1:]


def is_username(text: str) -> bool:
    """Whether a registered phone may have this name: letters, digits, and between them dots, dashes, underscores."""
    return _USERNAME.fullmatch(text) is not None


def single(uri: str, ring_seconds: int) -> tuple[Plan, ...]:
    """The plans of a number that rings one SIP address at all times."""
    return (Plan((Step(StepKind.SIP, uri, ring_seconds),)),)


def encode(route: Route) -> str:
    """Write a route. Raises ValueError (naming no personal data) when it cannot be written."""
    key(route.e164)
    _within("The version of a route", route.version, 0, 2**62)
    fields = [FORMAT, route.state.value, str(route.version)]
    # A refused number needs no destination, so none is handed out.
    if route.state is RouteState.IN_SERVICE:
        if len(route.plans) > MAX_PLANS:
            message = f"A route has at most {MAX_PLANS} plans."
            raise ValueError(message)
        if _ACCOUNT.fullmatch(route.account) is None:
            message = "The account of a route is a token of hexadecimal digits."
            raise ValueError(message)
        fields += [route.account, _encode_limits(route), _encode_timetable(route)]
        fields += map(_encode_plan, route.plans)
    value = "|".join(fields)
    if len(value) > MAX_LENGTH:
        message = f"This route is longer than the {MAX_LENGTH} characters that the switch holds."
        raise ValueError(message)
    return value


def decode(e164: str, value: str) -> Route:
    """Read what `encode` wrote, now or in the format before this one. Raises ValueError for anything else."""
    written, state, version, *rest = value.split("|")
    if written == OLD_FORMAT:
        return _decode_old(e164, value)
    if written != FORMAT:
        message = "This route is written in a format that is not known here."
        raise ValueError(message)
    if rest:
        account, limits, timetable, *plans = rest
        calls, account_calls, stop, per_minute, per_day = map(int, limits.split(","))
        route = Route(
            e164,
            RouteState(state),
            tuple(map(_decode_plan, plans)),
            int(version),
            timetable=_decode_timetable(timetable),
            account=account,
            calls_at_once=calls,
            account_calls_at_once=account_calls,
            stop_when_busy=bool(stop),
            forwards_per_minute=per_minute,
            forward_seconds_per_day=per_day,
        )
    else:
        route = Route(e164, RouteState(state), version=int(version))
    if encode(route) != value:
        message = "This route is not written the way it should be."
        raise ValueError(message)
    return route


def encode_phone(account: PhoneAccount) -> str:
    """Write the account of a registered phone: what proves its password, its customer's token, its version.

    Its key at the switch is its name. Raises ValueError (naming none of it) when it cannot be written.
    """
    _within("The version of a phone", account.version, 0, 2**62)
    if not (is_username(account.username) and _HA1.fullmatch(account.ha1) and account.account):
        message = "A phone needs a name, a digest of its password and the token of its customer."
        raise ValueError(message)
    if _ACCOUNT.fullmatch(account.account) is None:
        message = "The account of a phone is a token of hexadecimal digits."
        raise ValueError(message)
    return f"{account.ha1}|{account.account}|{account.version}"


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        message = f"{what} is from {least} to {most}."
        raise ValueError(message)
    return value


def _encode_limits(route: Route) -> str:
    calls = "The number of calls at once"
    return ",".join(
        map(
            str,
            (
                _within(calls, route.calls_at_once, 1, MAX_CALLS_AT_ONCE),
                _within(calls, route.account_calls_at_once, 1, MAX_CALLS_AT_ONCE),
                int(route.stop_when_busy),
                _within("Forwards per minute", route.forwards_per_minute, 0, MAX_FORWARDS_PER_MINUTE),
                _within("Forwarding per day", route.forward_seconds_per_day, 0, MAX_FORWARD_SECONDS_PER_DAY),
            ),
        )
    )


def _encode_timetable(route: Route) -> str:
    written = []
    before = _EARLIEST - 1
    for until, plan in route.timetable:
        if until.tzinfo is None or until.microsecond:
            message = "A switchover is at a whole second, in a known time zone."
            raise ValueError(message)
        moment = int(until.timestamp())
        if not before < moment <= _LATEST:
            message = "Switchovers follow each other in time."
            raise ValueError(message)
        before = moment
        _within("The plan of a switchover", plan, 0, len(route.plans) - 1)
        written.append(f"{moment}{plan:02}")
    return "".join(written)


def _decode_timetable(text: str) -> tuple[Switchover, ...]:
    entries = (text[start : start + _SWITCHOVER] for start in range(0, len(text), _SWITCHOVER))
    return tuple(
        Switchover(datetime.fromtimestamp(int(entry[:_MOMENT]), UTC), int(entry[_MOMENT:]))
        for entry in entries
    )


def _encode_plan(plan: Plan) -> str:
    _within("The number of steps of a plan", len(plan.steps), 0, MAX_STEPS)
    if any(step.kind is StepKind.MAIL for step in plan.steps[:-1]):
        message = "Mail is the last step of a plan."
        raise ValueError(message)
    return " ".join(map(_encode_step, plan.steps))


def _encode_step(step: Step) -> str:
    match step.kind:
        case StepKind.SIP:
            good = is_destination(step.target)
        case StepKind.PHONE:
            good = is_username(step.target)
        case StepKind.FORWARD:
            good = _E164.fullmatch(step.target) is not None
        case StepKind.MAIL:
            good = not step.target and not step.ring_seconds
    if not good:
        message = "The destination of a step is not one that can be rung."
        raise ValueError(message)
    if step.kind is not StepKind.MAIL and not 1 <= step.ring_seconds <= MAX_RING_SECONDS:
        message = f"A destination rings for 1 to {MAX_RING_SECONDS} seconds."
        raise ValueError(message)
    return f"{_LETTERS[step.kind]}{step.ring_seconds}>{step.target}"


def _decode_plan(field: str) -> Plan:
    return Plan(tuple(map(_decode_step, field.split(" "))) if field else ())


def _decode_step(text: str) -> Step:
    how, _, target = text.partition(">")
    if how[:1] not in _KINDS:
        message = "This step is of a kind that is not known here."
        raise ValueError(message)
    return Step(_KINDS[how[0]], target, int(how[1:]))


def _decode_old(e164: str, value: str) -> Route:
    """Format 1: 1|state|version||seconds URI."""
    _, state, version, schedule, *destinations = value.split("|")
    plans: tuple[Plan, ...] = ()
    if destinations:
        (destination,) = destinations
        seconds, _, uri = destination.partition(" ")
        plans = single(uri, int(seconds))
    route = Route(e164, RouteState(state), plans, int(version))
    again = [
        f"{step.ring_seconds} {step.target}"
        for plan in plans
        for step in plan.steps
        if route.state is RouteState.IN_SERVICE
    ]
    encode(route)
    if schedule or "|".join([OLD_FORMAT, state, str(route.version), "", *again]) != value:
        message = "This route is not written the way it should be."
        raise ValueError(message)
    return route
