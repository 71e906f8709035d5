"""Old data brought back in the test's own databases, as an operator would."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connections

from ringfence.config.backups import restoring
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import doors
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from tests.databases import Emptier

SYSTEM = Actor.system("tests")
Erase = Callable[[UUID, datetime], None]
Restore = Callable[..., int]


@pytest.fixture(autouse=True)
def _nobody_else(emptier: Emptier) -> None:
    """Old data comes back to a database only when nobody else is connected to it."""
    emptier.leave()


@pytest.fixture
def erase() -> Erase:
    """Delete somebody to the end."""

    def run(person: UUID, at: datetime) -> None:
        erasure.begin(subject=person, request=None, by=SYSTEM, at=at)
        erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=at)

    return run


@pytest.fixture
def restore() -> Iterator[Restore]:
    """Bring the newest backup back; whatever a test leaves, the doors of the next one are open."""

    def run(at: datetime, *, data: bool = True, keys: bool = True) -> int:
        chosen = restoring.choose(None, data=data, keys=keys)
        restoring.require_known(chosen)
        lost = str(restoring.lost_lines(chosen))
        restoring.begin(anew=not doors.mark().exists(), backup=chosen.name, lost=lost)
        restoring.bring_back(chosen, at=at, say=str)
        return restoring.finish(at=at, say=str)

    yield run
    restoring.let_be()
    doors._Seen.refused = None


@dataclass
class Mortal:
    """A process of the store that makes and restores backups, and dies at the moment it is told."""

    process: "subprocess.Popen[str]"

    def dies(self, step: str, at: datetime, moment: int) -> bool:
        """Have it do something; tell whether it died before the end."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"step": step, "at": at.isoformat(), "die_at": moment}) + "\n")
        self.process.stdin.flush()
        status = int(self.process.stdout.readline())
        assert status in {0, -signal.SIGKILL}, status
        return status != 0


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    """Start it on the test's databases and folders."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.backups.mortal"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    databases = {
        alias: {part: connections[alias].settings_dict[part] for part in ("NAME", "USER", "PASSWORD")}
        for alias in ("default", "keys")
    }
    world = {"databases": databases, "keystore": str(settings.KEY_STORE_DIR), "var": str(settings.VAR_DIR)}
    process.stdin.write(json.dumps(world) + "\n")
    process.stdin.flush()
    yield Mortal(process)
    process.stdin.close()
    process.wait(20)
    assert process.stdout
    process.stdout.close()
