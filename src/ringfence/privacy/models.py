"""The privacy room's tables."""

from ringfence.privacy.backups.models import Backup, Drill, Tombstone
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine, LedgerNode, PendingLine
from ringfence.privacy.payment_watch.models import ReadThrough, RemovedPaymentData
from ringfence.privacy.policy.models import Acknowledgement, PolicyVersion
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.requests.models import SubjectRequest

__all__ = [
    "Acknowledgement",
    "Backup",
    "Checkpoint",
    "Drill",
    "Erasure",
    "LedgerLeaf",
    "LedgerLine",
    "LedgerNode",
    "PendingLine",
    "PolicyVersion",
    "PromiseResult",
    "ReadThrough",
    "Receipt",
    "RemovedPaymentData",
    "SubjectRequest",
    "Tombstone",
]
