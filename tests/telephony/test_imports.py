"""Files of numbers: looked through, confirmed, taken in once, killed and taken up again."""

import signal
import subprocess
import sys
import time
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections
from procrastinate.contrib.django.models import ProcrastinateJob

from ringfence.kernel.public_ids import parse
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import import_queries, importing, stock_queries
from ringfence.telephony.actions import imports
from ringfence.telephony.block_batches import batches
from ringfence.telephony.import_queries import ImportView
from ringfence.telephony.models import ImportPart, Number
from ringfence.telephony.number_blocks import Block, parse_blocks
from ringfence.telephony.rules import ImportState
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

FILE = """first,last,type,capabilities,carrier,documents
+4721000000,+4721000999,geographic,voice sms,,
+4773000000,,,voice,tele-1,identity address
+4782912345,,,,,
+4721000500,+4721001500,,,,
+442079460000,+442079460099,,voice,,
"""


def sent(text: str | bytes = FILE, pieces: int = 7) -> UUID:
    """Send a file in, in small parts, and return its id."""
    content = text.encode() if isinstance(text, str) else text
    parts = [content[start : start + pieces] for start in range(0, len(content), pieces)]
    return parse(imports.send_file(parts=parts, by=SYSTEM, at=AT), "imp")


def view(upload: UUID) -> ImportView:
    """Return how an import stands."""
    return next(one for one in import_queries.uploads() if one.id == upload)


def gone_on(upload: UUID) -> ImportView:
    """Let the worker do its part; return how the import stands then."""
    importing.go_on(upload, by=SYSTEM, at=AT)
    return view(upload)


def test_a_file_is_looked_through_before_anything_is_written() -> None:
    upload = sent()
    job = ProcrastinateJob.objects.get(task_name="telephony.import_numbers")
    assert (job.args, job.lock) == ({"upload": str(upload)}, f"import {upload}")
    found = gone_on(upload)
    assert (found.state, found.lines, found.found, found.known_before) == (ImportState.CHECKED, 6, 1101, 0)
    assert found.groups == (
        ("NO", "geographic", "Oslo", 1000),
        ("GB", "geographic", "London", 100),
        ("NO", "geographic", "Trøndelag", 1),
    )
    told = [(line, refusal.code) for line, refusal in import_queries.rejections(upload, 10)]
    assert told == [(4, "block.not_sold"), (5, "block.overlap")]
    assert "line 2" in str(import_queries.rejections(upload, 10)[1][1])
    assert not Number.objects.exists()


def test_a_confirmed_file_is_taken_in_once() -> None:
    first = sent()
    gone_on(first)
    imports.confirm(upload=first, by=SYSTEM, at=AT)
    done = gone_on(first)
    assert (done.state, done.new, done.known, done.percent) == (ImportState.DONE, 1101, 0, 100)
    assert Number.objects.count() == 1101
    number = Number.objects.get(e164="+4773000000")
    assert (number.national, number.carrier, number.documents) == (
        "73000000",
        "tele-1",
        ["address", "identity"],
    )
    assert number.unused_since is None
    assert not ImportPart.objects.exists()
    again = sent()
    assert gone_on(again).known_before == 1101
    imports.confirm(upload=again, by=SYSTEM, at=AT)
    done = gone_on(again)
    assert (done.new, done.known, Number.objects.count()) == (0, 1101, 1101)
    with pytest.raises(Refusal, match="moved on"):
        imports.confirm(upload=again, by=SYSTEM, at=AT)


def test_an_import_goes_on_where_the_last_kept_rows_ended() -> None:
    upload = sent()
    gone_on(upload)
    imports.confirm(upload=upload, by=SYSTEM, at=AT)
    entries = list(parse_blocks(FILE.splitlines()))
    first = next(batches(entries, at_once=300))
    taken = {"upload": upload, "blocks": first.blocks, "count": first.count, "by": SYSTEM, "at": AT}
    assert imports.take_in(after=0, **taken)
    assert not imports.take_in(after=0, **taken), "a second worker with the same rows"
    assert (view(upload).percent, view(upload).new) == (27, 300)
    importing.go_on(upload, by=SYSTEM, at=AT)
    done = view(upload)
    assert (done.state, done.new, done.known, Number.objects.count()) == (ImportState.DONE, 1101, 0, 1101)


@pytest.mark.parametrize("at_once", [1, 3, 999, 1000, 1001, 5000])
@pytest.mark.parametrize("after", [0, 1, 999, 1000, 1001, 1101])
def test_batches_hold_every_number_behind_the_place_once(at_once: int, after: int) -> None:
    entries = list(parse_blocks(FILE.splitlines()))
    every = [number for entry in entries if isinstance(entry, Block) for number in entry.numbers]
    found = list(batches(entries, after=after, at_once=at_once))
    assert [number for batch in found for block in batch.blocks for number in block.numbers] == every[after:]
    assert all(batch.count == sum(len(block.numbers) for block in batch.blocks) <= at_once for batch in found)
    assert found[-1].line == 6
    assert [line.line for batch in found for line in batch.rejected] == [4, 5]


def test_an_import_is_called_off_at_any_time_before_its_end() -> None:
    looked, waiting, running, done = (sent() for _ in range(4))
    for upload in (waiting, running, done):
        gone_on(upload)
    for upload in (running, done):
        imports.confirm(upload=upload, by=SYSTEM, at=AT)
    gone_on(done)
    for upload in (looked, waiting, running):
        imports.cancel(upload=upload, by=SYSTEM, at=AT)
        assert gone_on(upload).state is ImportState.CANCELLED
    assert not imports.note_look(upload=looked, looked_through=1, by=SYSTEM, at=AT)
    with pytest.raises(Refusal, match="moved on"):
        imports.cancel(upload=done, by=SYSTEM, at=AT)
    assert not ImportPart.objects.exists()


def test_files_that_cannot_be_read_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert gone_on(sent("first\n+4721000000\nblåbær\n".encode("latin-1"))).state is ImportState.FAILED
    wrong = sent("name,address\nCustomer One,Example Street 1\n")
    assert (gone_on(wrong).rejected, view(wrong).found) == (1, 0)
    (told,) = import_queries.rejections(wrong, 10)
    assert (told[0], told[1].code) == (1, "block.header")
    with pytest.raises(Refusal, match="is empty"):
        imports.send_file(parts=[], by=SYSTEM, at=AT)
    monkeypatch.setattr(imports, "LARGEST_FILE", 10)
    with pytest.raises(Refusal, match="larger than"):
        sent()


def test_the_database_keeps_the_counts_of_an_import_within_what_was_found() -> None:
    upload = sent()
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_import SET handled = 1 WHERE id = %s", [upload])


RUNNER = """
import sys
from datetime import UTC, datetime
from uuid import UUID
import django
django.setup()
from django.db import connections
for alias, name in zip(("default", "keys"), sys.argv[2:], strict=True):
    connections[alias].settings_dict["NAME"] = name
from ringfence.kernel.actor import Actor
from ringfence.telephony import block_batches, importing
block_batches.batches.__kwdefaults__["at_once"] = 500
importing.go_on(UUID(sys.argv[1]), by=Actor.system("tests"), at=datetime.now(UTC))
"""


def killed_at_work(upload: UUID) -> bool:
    """Run a worker on an import and kill it as soon as it has kept some rows; return whether it was still at it."""
    before = view(upload).handled
    names = [str(connections[alias].settings_dict["NAME"]) for alias in ("default", "keys")]
    process = subprocess.Popen([sys.executable, "-c", RUNNER, str(upload), *names])
    end = time.monotonic() + 20
    while view(upload).handled == before and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_worker_that_is_killed_doubles_and_loses_nothing() -> None:
    lines = "".join(f"+4721{n:03}000,+4721{n:03}999,,voice,,\n" for n in range(60))
    upload = sent("first,last,type,capabilities,carrier,documents\n" + lines, pieces=1000)
    gone_on(upload)
    imports.confirm(upload=upload, by=SYSTEM, at=AT)
    handled = 0
    for _turn in range(3):
        assert killed_at_work(upload)
        standing = view(upload)
        assert handled < standing.handled == standing.new == Number.objects.count() < 60_000
        handled = standing.handled
    done = gone_on(upload)
    assert (done.state, done.new, done.known, Number.objects.count()) == (ImportState.DONE, 60_000, 0, 60_000)
    assert stock_queries.counts_by_state() == {"available": 60_000}
