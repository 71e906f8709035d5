"""Debian's Postfix hands letters over by LMTP, as docs/operating.md says: it keeps what the store cannot take yet."""

import os
import shutil
import smtplib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from ringfence.interfaces.mail import intake
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.support.models import Letter
from tests.interfaces.test_mail_in import configure
from tests.mail_letters import letter

MANUAL = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
POSTFIX = shutil.which("postfix") or "/usr/sbin/postfix"
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.skipif(not Path(POSTFIX).exists(), reason="Debian's package postfix is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Postfix is started by root alone"),
]
TO = str(django_settings.CONTACT_EMAIL)
SERVICES = """
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
OF_THE_TEST = """
compatibility_level = 3.6
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file_prefixes = {folder}
maillog_file = {folder}/log
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = no
smtpd_relay_restrictions = reject_unauth_destination
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
default_transport = error:the test sends nothing
alias_maps =
"""


@dataclass(frozen=True)
class Server:
    """A running Postfix, and the port it hands letters over to."""

    port: int
    store_port: int
    folder: Path

    def waiting(self) -> int:
        """How many letters it keeps."""
        found = subprocess.run(
            ["postqueue", "-c", str(self.folder / "etc"), "-j"], capture_output=True, check=True
        )
        return len(found.stdout.splitlines())


def documented() -> str:
    """The lines for main.cf that the manual shows."""
    shown = MANUAL.read_text("utf-8").split("```ini\n# /etc/postfix/main.cf\n")[1]
    return shown.split("```")[0]


@pytest.fixture
def postfix(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[Server]:
    """Postfix, set up as the manual says, in a folder of its own."""
    folder = Path(
        subprocess.check_output(["mktemp", "-d", "/tmp/ringfence-postfix-XXXXXX"], text=True).strip()
    )
    folder.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store_port = configure(settings)
    (folder / "etc").mkdir()
    (folder / "spool").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "etc" / "forged").write_text(
        "/^Authentication-Results:[[:space:]]*mx\\.example\\.com/ IGNORE\n"
    )
    main = documented().replace("2525", str(store_port)).replace("/etc/postfix", str(folder / "etc"))
    (folder / "etc" / "main.cf").write_text(main + OF_THE_TEST.format(folder=folder))
    (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port))
    command = [POSTFIX, "-c", str(folder / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield Server(port, store_port, folder)
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)
        shutil.rmtree(folder)


def until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_postfix_keeps_letters_until_the_store_has_them(postfix: Server, settings: Settings) -> None:
    settings.MAIL_AUTHORITY = "mx.example.com"
    tagged = TO.replace("@", f"+{public_id('tkt', new_id())}@")
    forged = b"Authentication-Results: mx.example.com; dmarc=pass\r\n"
    with smtplib.SMTP("127.0.0.1", postfix.port) as line:
        for number, to in enumerate([TO, tagged, str(django_settings.ABUSE_EMAIL)]):
            content = bytes(letter(Subject=str(number), Message_ID=f"<{number}@example.org>"))
            line.sendmail("a@example.org", [to], forged + content)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            line.sendmail("a@example.org", ["nobody@example.com"], b"Subject: x\r\n\r\ny")
        line.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as too_large:
            line.sendmail("a@example.org", [TO], (b"x" * 900 + b"\r\n") * 41_000)
    assert too_large.value.smtp_code == 552
    until(lambda: postfix.waiting() == 3)
    assert Letter.objects.count() == 0
    controller = intake.controller("127.0.0.1", postfix.store_port)
    controller.start()
    try:
        until(lambda: postfix.waiting() == 0)
    finally:
        controller.stop()
    assert Letter.objects.filter(to_us=True, verdicts="").count() == 3, "what was forged is gone"
