"""A store's process that sends a notice, and kills itself at the moment it is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.mortal import Death, run_errands, set_up


def live(errand: dict[str, Any]) -> None:
    """Send a notice in this process, which may not outlive it."""
    from ringfence.kernel.actor import Actor
    from ringfence.support.notices import sending

    Death(int(errand["die_at"])).around(BaseDatabaseWrapper, "_commit")
    sending.BATCH = 2  # type: ignore[misc] # smaller than in the store
    while sending.send_batch(UUID(errand["notice"]), by=Actor.system("tests"), at=datetime.now(UTC)):
        pass


def main() -> None:
    """Set the store up as the tests have it, then run errands, each in a child, until there are none left."""
    settings.VAR_DIR = Path(set_up()["var"])
    run_errands(live)


if __name__ == "__main__":
    main()
