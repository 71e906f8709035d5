"""The privacy room's tables."""

from ringfence.privacy.authorities.models import (
    AuthorityDemand,
    DemandJudgement,
    DemandPiece,
    DemandTarget,
)
from ringfence.privacy.backups.models import Backup, Drill, Tombstone
from ringfence.privacy.consent.models import ConsentNotice, ConsentRecord
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver, PassedOn, RefusedExit
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.ledger.models import Checkpoint, LedgerLeaf, LedgerLine, LedgerNode, PendingLine
from ringfence.privacy.looks.models import UntoldLook
from ringfence.privacy.page_views.models import PageView
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
from ringfence.privacy.requests.effect_models import CopyFee, StoppedUse
from ringfence.privacy.requests.intake_models import RequestForm, RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention.models import HeldRow, LegalHold, RetentionRun
from ringfence.privacy.secrecy.models import OwnAnswer
from ringfence.privacy.statistics.models import Export, Release, Spending

__all__ = [
    "Acknowledgement",
    "AuthorityDemand",
    "Backup",
    "Checkpoint",
    "ConsentNotice",
    "ConsentRecord",
    "CopyFee",
    "DataCopy",
    "DataCopyPart",
    "DemandJudgement",
    "DemandPiece",
    "DemandTarget",
    "Disclosure",
    "Drill",
    "Erasure",
    "Export",
    "HandOver",
    "HeldRow",
    "LedgerLeaf",
    "LedgerLine",
    "LedgerNode",
    "LegalHold",
    "OwnAnswer",
    "PageReading",
    "PageView",
    "PassedOn",
    "PendingLine",
    "PolicyDraft",
    "PolicyNotice",
    "PolicyVersion",
    "PolicyWithdrawal",
    "PromiseResult",
    "ReadThrough",
    "Receipt",
    "RefusedExit",
    "Release",
    "RemovedPaymentData",
    "RequestForm",
    "RequestLink",
    "RetentionRun",
    "Spending",
    "StoppedUse",
    "SubjectRequest",
    "Tombstone",
    "UntoldLook",
]
