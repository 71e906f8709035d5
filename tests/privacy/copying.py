"""People with data of many kinds, and their copies, for tests."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.copying import actions, queries
from ringfence.privacy.copying.models import DataCopy
from ringfence.privacy.rules import Channel
from ringfence.privacy.sealed import RawBytes
from ringfence.telephony import call_days
from ringfence.telephony.models import CallRecord, Message
from tests.accounts.builders import customer

NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
TEXTS = ('=SUM(A1:A9), says "Ring" <b>back</b>', "Blåbær & æøå\nand a second line", "-", "+47 and more")
"""What must come through every form of a copy as it is: formulas, quotes, marks, letters, lines."""


def somebody(calls: int = 30, email: str = "one@example.com") -> UUID:
    """Make a customer with calls over some days and a few messages."""
    person: UUID = customer(email=email, name="Customer One", country="NO")
    fill(person=person, calls=calls, by=SYSTEM, at=NOW)
    return person


@action("tests.fill")
def fill(*, person: UUID, calls: int, by: Actor, at: datetime) -> None:
    """Put calls and messages into somebody's account."""
    days = 3
    call_days.make(call_days.day_of(at - timedelta(days=day)) for day in range(days + 1))
    for place in range(calls):
        begun = at - timedelta(days=days) * (place // 2) / calls
        CallRecord.objects.create(
            subject=person,
            call_digest=uuid4().bytes * 2,
            number=uuid4(),
            caller=None if place % 7 == 0 else f"+442079460{place:03d}",
            called="+442079460999",
            started_at=begun,
            ended_at=begun + timedelta(seconds=40),
            outcome="no_answer",
            node="edge-1",
            step=place % 2,
        )
    for text in TEXTS:
        Message(
            subject=person,
            number=uuid4(),
            sender="+447700900123",
            text=RawBytes(text.encode()),
            received_at=at,
            carrier="tests",
            digest=uuid4().bytes * 2,
        ).save()
    about(person)


def asked(person: UUID, at: datetime = NOW) -> DataCopy:
    """Ask for a copy as its owner."""
    begun = actions.ask(subject=person, channel=Channel.ACCOUNT, by=Actor.customer(person), at=at)
    assert begun is not None, "a copy is free here"
    return begun


def made(person: UUID, at: datetime = NOW) -> dict[str, bytes]:
    """Ask for a copy, have it made, and return its files."""
    copy = asked(person, at)
    actions.proceed(copy=copy.pk, by=SYSTEM, at=at)
    return files_of(copy.pk)


def files_of(copy: UUID) -> dict[str, bytes]:
    """Return the files of a copy that is ready, as any program unpacks them."""
    content = b"".join(queries.stream(copy))
    assert len(content) == DataCopy.objects.get(pk=copy).size
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def data_of(files: Mapping[str, bytes], kind: str) -> Any:
    """Return what a copy has of a kind, as a program reads it."""
    return json.loads(files[f"data/{kind}.json"])


def table_of(files: Mapping[str, bytes], model: str) -> list[dict[str, str]]:
    """Return the records of a model, as a spreadsheet reads them."""
    return list(csv.DictReader(io.StringIO(files[f"tables/{model}.csv"].decode(), newline="")))
