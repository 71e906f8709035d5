"""One line of the spool, read.

Both kinds of line end in the nine columns that `deploy/kamailio/ringfence.cfg` writes: id, caller, called,
began, answered, failed, rang, code, and a 1 that says the line is whole. Before them `ended` has start, end
(seconds since 1970) and duration (seconds); what `answered` has there is the carrier's and is not read.
"""

import re
from datetime import UTC, datetime, timedelta

from ringfence.telephony.ports import Outcome, SpooledCall

COLUMNS = 9
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_DIGITS = re.compile(r"[0-9]{0,20}")

BY_CODE = {
    486: Outcome.BUSY,
    600: Outcome.BUSY,
    487: Outcome.CANCELLED,
    603: Outcome.DECLINED,
    607: Outcome.DECLINED,
    608: Outcome.DECLINED,
}
"""SIP codes of a failed call (RFC 3261 section 21, RFC 8197, RFC 8688) and what they mean to a person."""
UNANSWERED = frozenset({408, 480})


def read_line(kind: str, text: str, node: str) -> SpooledCall | None:
    """Read a line of the given kind ("answered" or "ended"); None when it is not one."""
    fields = text.split("|")
    if fields[-1] == "2":
        # The step and the cause, and a mark of their own at the end.
        fields[-3:] = "1"
    if len(fields) < COLUMNS + (3 if kind == "ended" else 0):
        return None
    call_id, caller, called, began, answered, failed, rang, code, whole = fields[-COLUMNS:]
    if whole != "1" or not _ID.fullmatch(call_id) or not called:
        return None
    if not _DIGITS.fullmatch(caller) or not _DIGITS.fullmatch(called):
        return None
    try:
        answered_at = _moment(answered)
        ended_at, outcome = None, Outcome.IN_PROGRESS
        if kind == "ended":
            before, seconds = fields[-COLUMNS - 2], float(fields[-COLUMNS - 1])
            if answered_at is not None:
                ended_at, outcome = answered_at + timedelta(seconds=seconds), Outcome.ANSWERED
            else:
                ended_at, outcome = _moment(failed) or _moment(before), _outcome(int(code), rang=rang == "1")
        started_at = _moment(began)
    except ValueError:
        return None
    if started_at is None:
        return None
    return SpooledCall(
        call_id=f"{node}/{call_id}",
        caller=_number(caller),
        called=_number(called),
        started_at=started_at,
        answered_at=answered_at,
        ended_at=ended_at,
        outcome=outcome,
        node=node,
    )


def _outcome(code: int, *, rang: bool) -> Outcome:
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
