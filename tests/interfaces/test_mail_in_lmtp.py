"""Letters by LMTP beside SMTP: answered for each recipient, of any size that is allowed, however often they come."""

import smtplib
import threading
from collections.abc import Iterator
from email import policy

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError

from ringfence.interfaces.mail import intake, storing
from ringfence.support.models import Letter
from ringfence.support.rules import LARGEST_ATTACHED, LARGEST_LETTER
from tests.interfaces.test_mail_in import configure
from tests.mail_letters import letter

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
TO = str(django_settings.CONTACT_EMAIL)


@pytest.fixture
def server(settings: object) -> Iterator[intake.Controller]:
    """The intake, open."""
    controller = intake.controller("127.0.0.1", configure(settings))  # type: ignore[arg-type]
    controller.start()
    yield controller
    controller.stop()


def lmtp(server: intake.Controller) -> smtplib.LMTP:
    """A server that hands letters over."""
    return smtplib.LMTP("127.0.0.1", server.port)


def test_lmtp_answers_for_each_recipient(server: intake.Controller) -> None:
    with lmtp(server) as line:
        assert line.ehlo()[0] == 250
        line.mail("a@example.org")
        for one in (TO, "no address", "b@example.com"):
            line.rcpt(one)
        line.putcmd("data")
        line.getreply()
        line.send(b"Subject: x\r\n\r\ny\r\n.\r\n")
        assert [line.getreply()[0] for _recipient in range(2)] == [250, 250]
        assert line.noop()[0] == 250, "there was one answer for each recipient that was accepted"
    assert Letter.objects.count() == 1


def test_what_cannot_be_stored_stays_with_the_sender(
    server: intake.Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_given: object) -> None:
        raise OperationalError

    monkeypatch.setattr(intake.actions, "receive_letter", fails)
    with lmtp(server) as line, pytest.raises(smtplib.SMTPDataError) as refused:
        line.sendmail("a@example.org", [TO], bytes(letter()))
    assert refused.value.smtp_code == 451
    monkeypatch.undo()
    with lmtp(server) as line:
        line.sendmail("a@example.org", [TO], bytes(letter()))
    assert Letter.objects.count() == 1


def test_a_large_letter_is_taken_and_a_larger_one_told_why_not(server: intake.Controller) -> None:
    assert LARGEST_ATTACHED * 1_000_000 * 78 / 57 < LARGEST_LETTER, "lines of base64 hold 57 bytes"
    made = letter()
    made.add_attachment(b"\0" * 4_000_000, maintype="image", subtype="png", filename="large.png")
    content = made.as_bytes(policy=policy.SMTP)
    with smtplib.SMTP("127.0.0.1", server.port) as line:
        line.sendmail("a@example.org", [TO], content)
        with pytest.raises(smtplib.SMTPSenderRefused) as said_before:
            line.sendmail("a@example.org", [TO], b"Subject: x\r\n\r\n" + b"y" * (LARGEST_LETTER + 1))
        line.esmtp_features.pop("size")
        with pytest.raises(smtplib.SMTPDataError) as said_after:
            line.sendmail(
                "a@example.org",
                [TO],
                b"Subject: x\r\n\r\n" + (b"y" * 998 + b"\r\n") * (LARGEST_LETTER // 998),
            )
    for refused in (said_before.value, said_after.value):
        assert refused.smtp_code == 552
        assert b"25 MB" in bytes(refused.smtp_error)
    assert Letter.objects.count() == 1


def test_one_line_without_an_end_is_no_reason_to_lose_a_letter(server: intake.Controller) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as line:
        line.sendmail("a@example.org", [TO], b"Subject: x\r\n\r\n" + b"y" * 500_000)
    assert Letter.objects.count() == 1


def test_the_same_letter_by_many_at_once_is_stored_once(server: intake.Controller) -> None:
    content, codes = bytes(letter(Message_ID="<1@example.org>")), []

    def hand_over() -> None:
        with lmtp(server) as line:
            line.sendmail("a@example.org", [TO], content)
            codes.append(250)

    threads = [threading.Thread(target=hand_over) for _one in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(codes), Letter.objects.count()) == (6, 1)


def test_an_address_in_any_bytes_is_taken(server: intake.Controller) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as line:
        line.ehlo()
        line.sock.sendall(b"MAIL FROM:<bl\xe5b\xe6r@example.org> SMTPUTF8\r\n")
        first = line.getreply()
        assert first[0] in {250, 501, 553}
    assert storing.HANDS > 1


def test_a_circle_and_a_storm_are_told_apart(
    server: intake.Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtplib.SMTP("127.0.0.1", server.port) as line:
        troubles = (
            (intake.actions.InACircle, 554),
            (intake.actions.TooManyLetters, 450),
            (intake.actions.TooManyFromNobody, 451),
        )
        for trouble, code in troubles:

            def fails(trouble: type[Exception] = trouble, **_given: object) -> None:
                raise trouble

            monkeypatch.setattr(intake.actions, "receive_letter", fails)
            with pytest.raises(smtplib.SMTPDataError) as refused:
                line.sendmail("a@example.org", [TO], bytes(letter()))
            assert refused.value.smtp_code == code
