"""A store's process that releases statistics of made-up people, and kills itself at the moment it is told."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.mortal import Death, run_errands, set_up


def live(errand: dict[str, Any]) -> None:
    """Release what is due in this process, which may not outlive it."""
    from ringfence.privacy.statistics import making, noise, register
    from tests.privacy.released import SYSTEM, people, source

    register._entered.clear()
    register.enter(source("made", people({"NO": 300, "SE": 200})))
    death = Death(int(errand["die_at"]))
    death.around(noise, "add")
    death.around(BaseDatabaseWrapper, "_commit")
    making.release_due(by=SYSTEM, at=datetime.fromisoformat(errand["at"]))


def main() -> None:
    """Set the store up as the tests have it, then run errands, each in a child, until there are none left."""
    settings.VAR_DIR = Path(set_up()["var"])
    run_errands(live)


if __name__ == "__main__":
    main()
