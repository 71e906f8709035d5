"""Kill -9 before every commit of a deletion: it goes on where it was, and ends right (clause 2.9).

What is true after one commit is true until the next: dying before each is dying everywhere.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connections

from ringfence.kernel.actor import Actor
from ringfence.privacy.erasure import actions, receipts, search
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.keys import keyring
from ringfence.privacy.rules import Channel, ErasureStep
from tests.accounts.builders import customer

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.9"),
    pytest.mark.timeout(180),
]
ROOT = Path(__file__).resolve().parents[2]
PARTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
SYSTEM = Actor.system("tests")


class Mortals:
    """Processes that erase somebody and die when told."""

    def __init__(self) -> None:
        words = [sys.executable, "-m", "tests.privacy.mortal"]
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

    def erase(self, erasure: UUID, die_at: int) -> bool:
        """Let a process erase somebody; whether it died."""
        self._say({"erasure": str(erasure), "die_at": die_at})
        assert self.process.stdout is not None
        answered = int(self.process.stdout.readline())
        assert answered in {0, -signal.SIGKILL}, "the process neither lived nor was killed"
        return answered != 0


@pytest.fixture
def mortals() -> Iterator[Mortals]:
    made = Mortals()
    yield made
    made.process.communicate(timeout=10)


def asked(number: int) -> tuple[UUID, UUID, str]:
    """Make a customer who asks for their deletion; return person, erasure and address."""
    address, at = f"planted{number}@example.org", datetime.now(UTC)
    person = customer(email=address)
    actions.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    return person, Erasure.objects.get(subject=person).pk, address


def test_a_deletion_killed_at_every_commit_ends_right(mortals: Mortals) -> None:
    steps: set[str] = set()
    people: dict[UUID, tuple[UUID, str]] = {}
    for moment in range(1, 100, 2):
        person, erasure, address = asked(moment)
        people[erasure] = (person, address)
        if not mortals.erase(erasure, moment):
            break
        steps.add(Erasure.objects.get(pk=erasure).step)
    assert steps == set(ErasureStep), "it died at every step, and after the last one"
    keyring.forget()
    actions.proceed_all(erasures=list(people), by=SYSTEM, at=datetime.now(UTC))
    found = search.search_for({person: search.Wanted([address]) for person, address in people.values()})
    assert not [one.places for one in found.values() if one.places]
    assert set(Erasure.objects.values_list("step", flat=True)) == {ErasureStep.DONE}
    documents = [receipts.document(one) for one in Receipt.objects.all()]
    assert len(documents) == len(people)
    assert all(receipts.faults(one) == [] for one in documents)
