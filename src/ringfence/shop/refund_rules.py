"""Pure decisions about refunds: how one moves from owed to done, and never twice."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class RefundStep(StrEnum):
    """Where a refund is in its life."""

    OWED = "owed"
    SENT = "sent"
    DONE = "done"
    VOID = "void"


class RefundEvent(StrEnum):
    """What happens to a refund."""

    ACCEPTED = "accepted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BANK_WAS_FASTER = "bank_was_faster"


REFUND_MOVES: Final[Mapping[tuple[RefundStep, RefundEvent], RefundStep]] = MappingProxyType(
    {
        (RefundStep.OWED, RefundEvent.ACCEPTED): RefundStep.SENT,
        (RefundStep.OWED, RefundEvent.SUCCEEDED): RefundStep.DONE,
        (RefundStep.OWED, RefundEvent.FAILED): RefundStep.OWED,
        (RefundStep.OWED, RefundEvent.BANK_WAS_FASTER): RefundStep.VOID,
        (RefundStep.SENT, RefundEvent.SUCCEEDED): RefundStep.DONE,
        (RefundStep.SENT, RefundEvent.FAILED): RefundStep.OWED,
        (RefundStep.SENT, RefundEvent.BANK_WAS_FASTER): RefundStep.VOID,
    }
)
"""Every move of a refund. It is owed until the provider took it, and after a failure owed again; ``void``
when the buyer's bank took the money back by itself, so that nothing is paid back twice."""


def move_refund(state: RefundStep, event: RefundEvent) -> RefundStep | None:
    """The state of a refund after the event, or None when the event is late and means nothing any more."""
    return REFUND_MOVES.get((state, event))
