"""Make people in the peer, delete them one after another as its documentation does, and say how many a second."""

import sys
import time
from datetime import datetime, timezone

import django

django.setup()

from people.models import (  # noqa: E402 - the peer has to be set up first
    Acknowledgement,
    CallRecord,
    Letter,
    Message,
    Person,
    SignIn,
    Tenure,
)

NOW = datetime.now(timezone.utc)  # noqa: UP017 - as old as the peer may be


def person(number: int) -> Person:
    """Make somebody with what an ordinary customer of ours has."""
    made = Person.objects.create(
        email=f"customer{number}@example.com",
        name=f"Customer {number}",
        phone="+442079460100",
        address=f"{number} Example Street",
        registered_at=NOW,
    )
    for _time in range(2):
        SignIn.objects.create(person=made, network_address="192.0.2.1", device="Firefox, Linux", made_at=NOW)
        Message.objects.create(person=made, sender="+447700900123", text="this and that", received_at=NOW)
        Acknowledgement.objects.create(person=made, version=1, moment="login")
    Letter.objects.create(person=made, email=made.email, facts="{}")
    Tenure.objects.create(person=made, number="+442079460100", began_at=NOW)
    for call in range(10):
        CallRecord.objects.create(
            person=made, caller=f"+4420794600{call:02d}", called="+442079460100", started_at=NOW
        )
    return made


everybody = [person(number) for number in range(int(sys.argv[1]))]
began = time.perf_counter()
for one in everybody:
    one.delete()
sys.stdout.write(f"{len(everybody) / (time.perf_counter() - began)}\n")
