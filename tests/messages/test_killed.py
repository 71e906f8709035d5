"""Kill -9 at every moment between a carrier's knock and a customer's server: each message once, and none is lost."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connections
from pytest_django import Settings

from ringfence.telephony import message_queries as queries
from ringfence.telephony import message_tasks
from ringfence.telephony.actions import message_forwarding
from ringfence.telephony.message_rules import DeliveryState
from ringfence.telephony.models import Message, MessageDelivery
from tests.messages.receiver import receiving
from tests.messages.world import a_holder, fresh_id, now
from tests.world import SYSTEM

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.timeout(120),
]
ROOT = Path(__file__).resolve().parents[2]
PARTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


def say(process: subprocess.Popen[str], what: dict[str, object]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what) + "\n")
    process.stdin.flush()


def lives(process: subprocess.Popen[str], errand: dict[str, object]) -> bool:
    """Tell whether a process lived through an errand; otherwise it was killed."""
    say(process, errand)
    assert process.stdout is not None
    answered = int(process.stdout.readline())
    assert answered in {0, -signal.SIGKILL}
    return answered == 0


def test_killed_at_every_moment(settings: Settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_origin="http://localhost:8000")
    holder = a_holder()
    words = [sys.executable, "-m", "tests.messages.mortal"]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ.copy()
    )
    databases = {
        alias: {part: connections[alias].settings_dict[part] for part in PARTS}
        for alias in ("default", "keys")
    }
    say(process, {"databases": databases, "keystore": str(django_settings.KEY_STORE_DIR)})
    with receiving() as receiver:
        url = f"http://127.0.0.1:{receiver.port}/"
        message_forwarding.set_webhook(number=holder.number.id, url=url, by=holder.by, at=now())
        deaths = 0
        while True:
            errand = {
                "id": fresh_id(),
                "number": holder.number.e164,
                "at": now().isoformat(),
                "die_at": deaths + 1,
            }
            is_alive = lives(process, errand)
            assert lives(process, {**errand, "die_at": 0}), "the carrier comes again"
            if is_alive:
                break
            deaths += 1
        process.communicate(timeout=10)
        later = now() + timedelta(minutes=2)
        for delivery, _way, _number in queries.due_deliveries(later):
            message_tasks.send(delivery, by=SYSTEM, at=later)
    assert deaths >= 8
    assert Message.objects.count() == deaths + 1
    assert set(MessageDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}
    times = Counter(one.headers["Message-Id"] for one in receiver.came)
    assert len(times) == deaths + 1
    assert max(times.values()) <= 2, "a repeat is known by its id"
