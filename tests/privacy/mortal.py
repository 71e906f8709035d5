"""A store's process that erases somebody, and kills itself at the moment it is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.mortal import Death, run_errands, set_up


def live(errand: dict[str, Any]) -> None:
    """Do the steps of an erasure in this process, which may not outlive them."""
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.erasure import actions

    Death(int(errand["die_at"])).around(BaseDatabaseWrapper, "_commit")
    actions.proceed(erasure=UUID(errand["erasure"]), by=Actor.system("tests"), at=datetime.now(UTC))


def main() -> None:
    """Set the store up as the tests have it, then run errands, each in a child, until there are none left."""
    settings.VAR_DIR = Path(set_up()["var"])
    run_errands(live)


if __name__ == "__main__":
    main()
