"""Cases of abuse enter the house: what they hold about people, what has an end, what is promised of them."""

from ringfence.accounts import closing
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.register import add_models
from ringfence.support.abuse import letters, promises, queries, sweeping
from ringfence.support.abuse_models import (
    AbuseCase,
    AbusePicture,
    AbusePiece,
    AbuseReport,
    AbuseSuspension,
)

TABLES = (AbusePiece, AbusePicture, AbuseReport, AbuseSuspension, AbuseCase)


def enter() -> None:
    """Enter them."""
    from ringfence.support.abuse import tasks  # noqa: F401 - importing registers it

    add_models(
        "support.abuse",
        gettext_noop("Reports of abuse and what was decided"),
        *TABLES,
        release=sweeping.release,
        concerned=sweeping.who_is_concerned,
    )
    retention.enter(
        "support.abuse",
        RetentionClass.SUPPORT,
        overdue=sweeping.overdue,
        let_go=sweeping.let_go,
        title=gettext_noop("Cases of abuse, with their evidence"),
        of=TABLES,
    )
    closing.decided_by(queries.is_closing)
    letters.enter()
    promises.enter()
