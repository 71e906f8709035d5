"""A process that backs up and restores, and kills itself at a moment: around each commit and each mark it makes."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.mortal import Death, run_errands, set_up


def live(errand: dict[str, Any]) -> None:
    """Do one thing, until death comes."""
    from ringfence.config.backups import making, programs, restoring, sealing, sets

    at = datetime.fromisoformat(errand["at"])
    death = Death(int(errand["die_at"]))
    if errand["step"] == "backup":
        death.around(sealing.Sealing, "_seal")
        death.around(sets.Draft, "finish")
        making.make(at)
        return
    death.around(programs.Load, "commit")
    death.around(BaseDatabaseWrapper, "_commit")
    death.around(restoring, "require_nobody_else")
    chosen = restoring.choose(None)
    restoring.begin(anew=True, backup=chosen.name, lost="0")
    restoring.bring_back(chosen, at=at, say=str)
    restoring.finish(at=at, say=str)


def main() -> None:
    """Stand on the test's databases and folders, and run errands until there are none left."""
    world = set_up()
    settings.VAR_DIR = Path(world["var"])
    from ringfence.config.backups import drilling  # noqa: F401 -- loaded once, for all children

    run_errands(live)


if __name__ == "__main__":
    main()
