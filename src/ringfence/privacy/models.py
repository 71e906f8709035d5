"""The privacy room's tables."""

from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine, LedgerNode, PendingLine

__all__ = ["Checkpoint", "LedgerLeaf", "LedgerLine", "LedgerNode", "PendingLine"]
