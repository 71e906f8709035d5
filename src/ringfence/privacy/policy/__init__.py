"""The policy and terms: versions, when they count, and who was shown them (clauses 5.1 and 5.2)."""

from ringfence.privacy.policy.drafting import (
    COLUMNS,
    LANGUAGES,
    digest_of,
    digest_of_words,
    drafted,
    matters,
    tables_of,
    words,
)
from ringfence.privacy.policy.models import PolicyVersion
from ringfence.privacy.policy.publishing import (
    draft,
    ensure_first_version,
    newest_standing,
    prepare,
    publish,
    withdraw,
)
from ringfence.privacy.policy.versions import (
    MOMENTS,
    VersionView,
    acknowledge,
    acknowledged,
    coming,
    current_text,
    in_force,
    last_acknowledged,
    unacknowledged,
    version,
    version_view,
    versions,
)
from ringfence.privacy.policy_rules import ChangeKind, VersionState
from ringfence.privacy.policy_text.clause import Language

__all__ = [
    "COLUMNS",
    "LANGUAGES",
    "MOMENTS",
    "ChangeKind",
    "Language",
    "PolicyVersion",
    "VersionState",
    "VersionView",
    "acknowledge",
    "acknowledged",
    "coming",
    "current_text",
    "digest_of",
    "digest_of_words",
    "draft",
    "drafted",
    "ensure_first_version",
    "in_force",
    "last_acknowledged",
    "matters",
    "newest_standing",
    "prepare",
    "publish",
    "tables_of",
    "unacknowledged",
    "version",
    "version_view",
    "versions",
    "withdraw",
    "words",
]
