"""Kill -9 before and after every commit while a notice is sent: each customer gets it once, and nobody is left out."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connections

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.public_ids import parse
from ringfence.support.models import NoticeRecord
from tests.accounts.builders import customer
from tests.support.notice_world import scheduled, sent_out, state

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.2"),
    pytest.mark.timeout(120),
]
ROOT = Path(__file__).resolve().parents[2]
PARTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
PEOPLE = 3


class Mortals:
    """Processes that send a notice and die when told."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.support.mortal"]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ.copy()
        )
        databases = {
            alias: {part: connections[alias].settings_dict[part] for part in PARTS}
            for alias in ("default", "keys")
        }
        keystore, var = str(django_settings.KEY_STORE_DIR), str(django_settings.VAR_DIR)
        self._say({"databases": databases, "keystore": keystore, "var": var})

    def _say(self, what: dict[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def send(self, notice: UUID, die_at: int) -> bool:
        """Let a process send a notice; whether it died."""
        self._say({"notice": str(notice), "die_at": die_at})
        assert self.process.stdout is not None
        answered = int(self.process.stdout.readline())
        assert answered in {0, -signal.SIGKILL}, "the process neither lived nor was killed"
        return answered != 0


@pytest.fixture
def mortals() -> Iterator[Mortals]:
    made = Mortals()
    yield made
    made.process.communicate(timeout=10)


def test_a_notice_killed_at_every_commit_goes_to_each_once(mortals: Mortals) -> None:
    people = [customer(email=f"one{place}@example.org") for place in range(PEOPLE)]
    notices: list[str] = []
    for moment in range(1, 60):
        notices.append(scheduled())
        if not mortals.send(parse(notices[-1], "ntc"), moment):
            break
    assert len(notices) > 8, "it died before and after each of several commits"
    for public in notices:
        sent_out(public)
        assert state(public) == "sent"
        records = NoticeRecord.objects.filter(notice=parse(public, "ntc"))
        assert sorted(records.values_list("subject", flat=True)) == sorted(people)
    written = Counter(
        letter.facts.open()["notice"] for letter in OutgoingLetter.objects.filter(kind="notice")
    )
    assert written == dict.fromkeys(notices, PEOPLE)
