"""The privacy room's tables."""

from ringfence.privacy.consent.models import ConsentNotice, ConsentRecord
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine, LedgerNode, PendingLine
from ringfence.privacy.payment_watch.models import ReadThrough, RemovedPaymentData
from ringfence.privacy.policy.models import (
    Acknowledgement,
    PageReading,
    PolicyDraft,
    PolicyNotice,
    PolicyVersion,
    PolicyWithdrawal,
)
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.requests.models import SubjectRequest

__all__ = [
    "Acknowledgement",
    "Checkpoint",
    "ConsentNotice",
    "ConsentRecord",
    "Erasure",
    "LedgerLeaf",
    "LedgerLine",
    "LedgerNode",
    "PageReading",
    "PendingLine",
    "PolicyDraft",
    "PolicyNotice",
    "PolicyVersion",
    "PolicyWithdrawal",
    "PromiseResult",
    "ReadThrough",
    "Receipt",
    "RemovedPaymentData",
    "SubjectRequest",
]
