"""The privacy room's tables."""

from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine, LedgerNode, PendingLine
from ringfence.privacy.looks.models import UntoldLook
from ringfence.privacy.payment_watch.models import ReadThrough, RemovedPaymentData
from ringfence.privacy.policy.models import Acknowledgement, PolicyVersion
from ringfence.privacy.promises.models import PromiseResult
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.secrecy.models import OwnAnswer

__all__ = [
    "Acknowledgement",
    "Checkpoint",
    "Erasure",
    "LedgerLeaf",
    "LedgerLine",
    "LedgerNode",
    "OwnAnswer",
    "PendingLine",
    "PolicyVersion",
    "PromiseResult",
    "ReadThrough",
    "Receipt",
    "RemovedPaymentData",
    "SubjectRequest",
    "UntoldLook",
]
