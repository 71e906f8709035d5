"""Demands of authorities enter the house: what they hold, what of it comes from others, and what has an end."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside, retention
from ringfence.privacy.authorities import leaving, sweeping
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement, DemandPiece, DemandTarget
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.register import add_models

TABLES: Final = (DemandPiece, DemandJudgement, DemandTarget, AuthorityDemand)
COLUMNS: Final = {
    AuthorityDemand: "kind sort authority reference legal_basis named follows key key_checked fields since until state"
    " received_at entered_at deadline outcome reason granted_fields granted_since granted_until quiet_until"
    " quiet_because quiet_asked_until quiet_asked_because quiet_asked_by keep_until proposed_at proposed_by"
    " confirmed_at confirmed_by making_since ready_at gone_at fetches handed_over_at people told_at closed_at"
    " emptied_at",
    DemandTarget: "demand_id covers who is_granted told_at has_left",
    DemandJudgement: "demand_id question verdict reason judged_at judged_by",
    DemandPiece: "demand_id what number content",
}
"""What may be kept of what an authority sends, column by column (clause 1.3)."""
PATIENCE: Final = timedelta(hours=2)
"""How much longer than promised something may be there: what has reached its end is looked for every hour."""


def overdue(at: datetime) -> int:
    """Return how many demands should say no more than figures."""
    return sweeping.ended(at - PATIENCE).count()


def enter() -> None:
    """Enter them."""
    add_models(
        "privacy.demands",
        gettext_noop("Cases of authorities, kept apart from everybody's data"),
        *TABLES,
        release=leaving.release,
        concerned=leaving.concerned,
    )
    for model, columns in COLUMNS.items():
        outside.enter(model, *f"id subject {columns}".split())
    retention.enter(
        "privacy.demands",
        RetentionClass.SUPPORT,
        overdue=overdue,
        let_go=sweeping.let_go,
        title=gettext_noop("Demands of authorities"),
        of=TABLES,
    )
