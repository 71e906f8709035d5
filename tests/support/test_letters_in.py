"""What becomes of a letter as it comes in: once, told apart from our own, with what came along and what was found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.accounts.actions import letter_returned, queue_letter
from ringfence.accounts.rules import LIMITS, Limit
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.payment_watch.models import RemovedPaymentData
from ringfence.support import actions, attachments, rules, scanning, verdicts
from ringfence.support.models import Letter
from ringfence.support.ports import ScannerUnavailable
from ringfence.support.rules import LetterKind, Scan
from tests.adapters.test_clamd import VIRUS, stand_in
from tests.mail_letters import identity_number, letter

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
TO = "privacy@example.com"


def take(content: bytes, sender: str = "a@example.org", to: str = TO, at: datetime = NOW) -> UUID:
    """Take a letter in."""
    return actions.receive_letter(content=content, sender=sender, recipients=[to], by=SYSTEM, at=at)


def with_file(content: bytes = b"%PDF-1", name: str = "plan.pdf") -> bytes:
    """A letter with an attachment."""
    made = letter()
    made.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    return bytes(made)


def test_a_letter_handed_over_again_by_another_server_is_one() -> None:
    content = bytes(letter(Message_ID="<1@example.org>"))
    first = take(b"Received: from a by b; today\r\n" + content)
    assert take(b"Received: from c by d; a minute later\r\n" + content) == first
    assert take(bytes(letter(Message_ID="<2@example.org>"))) != first
    assert Letter.objects.count() == 2


def test_our_own_letter_that_comes_back_is_nobodys() -> None:
    own = f"<{public_id('let', new_id())}@example.com>"
    back = Letter.objects.get(pk=take(bytes(letter(Message_ID=own)), sender="customer1@example.com"))
    assert (back.own, back.to_us) == (True, False)
    forged = f"<{public_id('let', new_id())}@example.org>"
    assert Letter.objects.get(pk=take(bytes(letter(Message_ID=forged)))).to_us


def test_a_letter_that_goes_round_in_a_circle_ends() -> None:
    with pytest.raises(actions.InACircle):
        take(b"Received: from a by b\r\n" * (rules.MOST_HOPS + 1) + bytes(letter()))
    assert not Letter.objects.exists()


def test_a_storm_waits_outside_and_bounces_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_IN_AN_HOUR", 3)
    for number in range(3):
        take(bytes(letter(Subject=str(number))))
        take(bytes(letter(Subject=f"bounce {number}")), sender="")
    with pytest.raises(actions.TooManyLetters):
        take(bytes(letter(Subject="one more")))
    take(bytes(letter(Subject="bounce more")), sender="")
    take(bytes(letter(Subject="another")), sender="b@example.org")
    take(bytes(letter(Subject="one more")), at=NOW + timedelta(hours=1, seconds=1))
    assert Letter.objects.filter(to_us=True).count() == 9


def returned(out: UUID, number: int) -> bytes:
    """A report of a mail server that a letter of ours did not arrive."""
    kind = "Content-Type: "
    return "\r\n".join(
        [
            f"Subject: Undelivered {number}",
            f'{kind}multipart/report; report-type=delivery-status; boundary="x"',
            *("", "--x", "", "It did not arrive."),
            *("--x", f"{kind}message/delivery-status", "", "Action: failed", "Status: 5.1.1"),
            *("--x", f"{kind}text/rfc822-headers", "", f"Message-ID: <{public_id('let', out)}@example.com>"),
            "--x--",
        ]
    ).encode()


def test_a_storm_from_nobody_waits_outside_but_for_what_comes_back_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LIMITS, actions.FROM_NOBODY, Limit(2, timedelta(hours=1)))
    at = NOW.replace(minute=5)
    out = queue_letter(kind="confirm-address", address="b@example.org", by=SYSTEM, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_outgoingletter SET state = 'sent', sent_at = made_at")
    take(returned(out, 0), sender="", at=at)
    for number in range(2):
        take(bytes(letter(Subject=f"bounce {number}")), sender="", at=at)
    with pytest.raises(actions.TooManyFromNobody):
        take(bytes(letter(Subject="one more")), sender="", at=at)
    with pytest.raises(actions.TooManyFromNobody):
        take(returned(new_id(), 1), sender="", at=at)
    assert Letter.objects.get(pk=take(returned(out, 2), sender="", at=at)).kind == LetterKind.BOUNCE
    letter_returned(letter=out, for_good=True, by=SYSTEM, at=at)
    with pytest.raises(actions.TooManyFromNobody):
        take(returned(out, 3), sender="", at=at)
    take(bytes(letter(Subject="somebody")), at=at)
    take(bytes(letter(Subject="one more")), sender="", at=at + timedelta(hours=1))


def test_the_address_of_a_ticket_is_ours() -> None:
    tag = public_id("tkt", new_id())
    assert rules.tag_of(f"Privacy+{tag.upper()}@Example.com") == tag
    assert rules.is_own(f"privacy+{tag}@example.com")
    for other in (f"x+{tag}@example.com", "privacy+tkt_1@example.com", TO, f"privacy+{tag}@example.org", tag):
        assert rules.tag_of(other) == ""
    assert Letter.objects.get(pk=take(bytes(letter()), to=f"privacy+{tag}@example.com")).to_us


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied; x"}, LetterKind.PROGRAM),
        ({"Auto_Submitted": "No"}, LetterKind.PERSON),
        ({"Precedence": "auto_reply"}, LetterKind.PROGRAM),
        ({"X_Autorespond": "x", "Precedence": "bulk"}, LetterKind.PROGRAM),
        ({"Precedence": "bulk"}, LetterKind.QUIET),
        ({"List_Id": "<a.example.org>"}, LetterKind.QUIET),
        ({"X_Auto_Response_Suppress": "All"}, LetterKind.QUIET),
        ({}, LetterKind.PERSON),
    ],
)
def test_programs_are_told_from_persons(headers: dict[str, str], kind: LetterKind) -> None:
    assert Letter.objects.get(pk=take(bytes(letter(**headers)))).kind == kind


OURS = "Authentication-Results: mx.example.com; spf=pass smtp.mailfrom=a@example.org; dkim=fail (x); dmarc=fail\r\n"
THEIRS = "Authentication-Results: mx.example.com; spf=fail; dkim=pass header.d=bank.example; dmarc=pass\r\n"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (OURS, "spf=pass dkim=fail dmarc=fail"),
        ("Received: by mx\r\n" + OURS, "spf=pass dkim=fail dmarc=fail"),
        ("Received: by mx\r\nReceived: by a\r\n" + THEIRS, ""),
        (OURS + THEIRS, "spf=pass dkim=fail dmarc=fail"),
        (THEIRS.replace("mx.example.com", "mx.example.org"), ""),
        (THEIRS.replace("mx.example.com", "mx.example.com.evil.example"), ""),
        ("Authentication-Results: (mx.example.com;) evil.example; dmarc=pass\r\n", ""),
        ('Authentication-Results: evil.example; x="mx.example.com; dmarc=pass"\r\n', ""),
        ("Authentication-Results: mx.example.com 1;\r\n dkim=pass\r\n", "dkim=pass"),
        ("Authentication-Results: mx.example.com; none\r\n", ""),
    ],
)
def test_only_our_own_servers_word_counts(settings: Settings, headers: str, found: str) -> None:
    settings.MAIL_AUTHORITY = "mx.example.com"
    content = headers.encode() + bytes(letter())
    assert verdicts.found_in(message_from_bytes(content)) == found
    assert Letter.objects.get(pk=take(content)).verdicts == found


def test_without_a_server_named_nobody_has_a_word(settings: Settings) -> None:
    settings.MAIL_AUTHORITY = ""
    assert verdicts.found_in(message_from_bytes(OURS.encode())) == ""
    assert verdicts.in_words("") == [verdicts.UNKNOWN]
    assert len(verdicts.in_words("spf=pass dkim=none dmarc=fail")) == 3
    assert verdicts.is_suspicious("spf=pass dmarc=fail")
    assert not verdicts.is_suspicious("spf=softfail dkim=fail")


def test_what_came_along_is_listed_and_opened() -> None:
    made = take(with_file(name="../../etc/pass\u202ewd.pdf"))
    [one] = attachments.attachments_of(made)
    assert (one.kind, one.size, one.state) == ("application/pdf", 6, Scan.NONE)
    assert "/" not in one.name
    assert "\u202e" not in one.name
    assert attachments.open_attachment(made, 0).content == b"%PDF-1"
    for missing in (1, -1):
        with pytest.raises(Refusal):
            attachments.open_attachment(made, missing)
    assert attachments.attachments_of(take(bytes(letter()))) == []
    assert attachments.attachments_of(new_id()) == []


def test_nothing_is_handed_out_before_it_was_looked_at(settings: Settings, tmp_path: Path) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, clamd=str(tmp_path / "clamd"))
    sound, sick = take(with_file()), take(with_file(VIRUS))
    with pytest.raises(Refusal) as early:
        attachments.open_attachment(sound, 0)
    assert early.value.code == "attachment-waiting"
    with pytest.raises(ScannerUnavailable):
        scanning.look(sound)
    assert set(scanning.waiting(NOW + timedelta(hours=1), 9)) == {sound, sick}
    with stand_in(tmp_path):
        for one in (sound, sick):
            found = scanning.look(one)
            assert found is not None
            scanning.note(letter=one, found=found, by=SYSTEM, at=NOW)
    assert attachments.open_attachment(sound, 0).state is Scan.CLEAN
    with pytest.raises(Refusal) as refused:
        attachments.open_attachment(sick, 0)
    assert refused.value.code == "attachment-infected"
    assert [one.state for one in attachments.attachments_of(sick)] == [Scan.INFECTED]


@pytest.mark.promise("2.4")
def test_an_identity_number_goes_from_every_part_and_is_counted() -> None:
    number = identity_number(1)
    made = letter(f"Mitt nummer er {number[:6]} {number[6:]}. Blåbær!", Subject=f"fnr {number}")
    made.add_alternative(f"<p>{number}</p>", subtype="html", cte="base64")
    made.add_attachment(f"fnr;{number}".encode("utf-16"), maintype="text", subtype="plain", filename="a.csv")
    made.add_attachment(f"x {number} y", filename="b.txt")
    made.add_attachment(
        f"fnr {number}".encode("utf-16"), maintype="application", subtype="octet-stream", filename="c"
    )
    kept = Letter.objects.get(pk=take(bytes(made))).content.open() or b""
    text = b"".join(part.get_payload(decode=True) or b"" for part in message_from_bytes(kept).walk())
    assert number.encode() not in kept + text + text.replace(b"\0", b"")
    assert number[6:].encode() not in text
    assert "Blåbær".encode() in text
    assert list(RemovedPaymentData.objects.values_list("channel", "kind", "count")) == [
        ("mail", "national identity number", 6)
    ]
