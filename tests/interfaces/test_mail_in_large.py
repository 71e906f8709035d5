"""The largest letter that is taken: how long it takes, and how much memory (clause 1.4)."""

import random
import subprocess
import sys
import time
from email import policy
from pathlib import Path

import pytest
from django.conf import settings

from ringfence.interfaces.mail import intake
from ringfence.support.models import Letter
from ringfence.support.rules import LARGEST_ATTACHED
from tests.interfaces.test_mail_in_lmtp import server
from tests.mail_letters import letter

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
SECONDS = 10.0
"""Of the processor, and twice what it is on a machine of one's own: others may use this one too."""
MEMORY = 16
"""How many times its own size a letter may need of memory while it is taken in."""
SENDS = """
import smtplib, sys
with smtplib.LMTP("127.0.0.1", int(sys.argv[1])) as line:
    line.sendmail("a@example.org", [sys.argv[2]], open(sys.argv[3], "rb").read())
"""
__all__ = ("server",)


def peak(*, anew: bool = False) -> int:
    """The most memory that this process had, in bytes; counted `anew` from here on."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.promise("1.4")
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is measured on Linux")
def test_the_largest_letter_is_taken_in_time_and_in_bounded_memory(
    server: intake.Controller,
    tmp_path: Path,
) -> None:
    made = letter()
    content = random.Random(25).randbytes(LARGEST_ATTACHED * 1_000_000)
    made.add_attachment(content, maintype="application", subtype="pdf", filename="large.pdf")
    whole = made.as_bytes(policy=policy.SMTP)
    (tmp_path / "letter.eml").write_bytes(whole)
    size = len(whole)
    del made, content, whole
    before, began, worked = peak(anew=True), time.monotonic(), time.process_time()
    sends = [sys.executable, "-c", SENDS, str(server.port), str(settings.CONTACT_EMAIL)]
    subprocess.run([*sends, str(tmp_path / "letter.eml")], check=True)
    took, worked, needed = time.monotonic() - began, time.process_time() - worked, peak() - before
    figures = f"{size / 1e6:.1f} MB, {took:.2f} s, {worked:.2f} s of the processor, {needed / size:.1f} times its size"
    sys.stdout.write(f"{figures}\n")
    assert Letter.objects.get().attached is not None
    assert worked < SECONDS
    assert needed < MEMORY * size
