"""One line of the spool, read.

Every line ends in the columns that `deploy/kamailio/ringfence.cfg` writes: id, caller, called, began, answered,
failed, rang, code, step, why, and a 2 that says the line is whole. Lines of an earlier version have neither step nor
why, and end in 1. Before them `ended` has start, end (seconds since 1970) and duration (seconds); what `answered` and
`refused` have there is the carrier's and is not read.
"""

import re
from datetime import UTC, datetime, timedelta

from ringfence.telephony.ports import Outcome, SpooledCall

FORMATS = {"1": 9, "2": 11}
"""How many columns the end of a line has, by its last one."""

_NAMES = re.compile(r"[0-9A-Za-z-]{8,64}\|[0-9]{0,20}\|[0-9]{1,20}")

BY_CODE = {
    486: Outcome.BUSY,
    600: Outcome.BUSY,
    487: Outcome.CANCELLED,
    603: Outcome.DECLINED,
    607: Outcome.DECLINED,
    608: Outcome.DECLINED,
}
"""SIP codes of a failed call (RFC 3261 section 21, RFC 8197, RFC 8688) and what they mean to a person."""
BY_CAUSE = {
    str(outcome): outcome
    for outcome in (
        Outcome.FULL,
        Outcome.NODE_FULL,
        Outcome.CAPPED,
        Outcome.LOOP,
        Outcome.NOWHERE,
        Outcome.MISSED_BY_MAIL,
        Outcome.AWAY,
    )
}
"""What the script itself says is the cause; "-" where it leaves it to the code."""

UNANSWERED = frozenset({408, 480})


def read_line(kind: str, text: str, node: str) -> SpooledCall | None:
    """Read a line of the given kind ("answered", "ended" or "refused"); None when it is not one."""
    fields = text.split("|")
    columns = FORMATS.get(fields[-1], 0)
    if not columns or len(fields) < columns + (3 if kind == "ended" else 0):
        return None
    call_id, caller, called, began, answered, failed, rang, code = fields[-columns:][:8]
    if not _NAMES.fullmatch(f"{call_id}|{caller}|{called}"):
        return None
    step, why = fields[-3:-1] if fields[-1] != "1" else ("n", "-")
    try:
        started_at, answered_at = _moment(began), _moment(answered)
        if started_at is None:
            return None
        ended_at: datetime | None = None
        outcome = Outcome.IN_PROGRESS
        if kind != "answered":
            if answered_at is not None:
                ended_at = answered_at + timedelta(seconds=float(fields[-columns - 1]))
                outcome = Outcome.ANSWERED
            else:
                before = _moment(fields[-columns - 2]) if kind == "ended" else started_at
                ended_at, outcome = _moment(failed) or before, _outcome(int(code), why, rang=rang == "1")
        return SpooledCall(
            call_id=f"{node}/{call_id}",
            caller=_number(caller),
            called=_number(called),
            started_at=started_at,
            answered_at=answered_at,
            ended_at=ended_at,
            outcome=outcome,
            node=node,
            step=int(step) if step.isdecimal() else None,
            code=int(code) or None if answered_at is None else None,
        )
    except (ValueError, OverflowError, OSError):
        return None


def trial(word: str) -> list[SpooledCall | None]:
    """Read lines that say a word in the columns which are the carrier's (clause 1.3)."""
    ours = "0123456789abcdef|442079460001|442079460002|1700000000.5|0|1700000009|1|486|0|-|2"
    return [
        read_line(kind, f"{word}|{word}|{word}|{word}|{ours}", "edge-1") for kind in ("answered", "refused")
    ]


def _outcome(code: int, why: str, *, rang: bool) -> Outcome:
    if why in BY_CAUSE:
        return BY_CAUSE[why]
    if rang and code in UNANSWERED:
        return Outcome.NO_ANSWER
    return BY_CODE.get(code, Outcome.UNREACHABLE)


def _moment(seconds: str) -> datetime | None:
    """A moment from seconds since 1970 with or without a fraction; None for 0."""
    value = float(seconds)
    return datetime.fromtimestamp(value, UTC) if value else None


def _number(digits: str) -> str:
    """The plus sign of E.164 before an international number; a national one stays as the carrier wrote it."""
    international = digits.removeprefix("00")
    return f"+{international}" if international and not international.startswith("0") else digits
