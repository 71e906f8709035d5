"""A letter to the address for abuse opens a case, with itself as evidence; automatic answers never do (1.4 and 5.3)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.rules import LIMITS
from ringfence.kernel.actor import Role
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.support import actions, scanning
from ringfence.support.abuse import by_letter, deciding, queries
from ringfence.support.abuse.rules import AbuseState
from ringfence.support.abuse_models import AbuseCase, AbusePicture, AbuseReport
from ringfence.support.models import Letter, Ticket
from ringfence.support.rules import Scan
from tests.accounts import builders
from tests.support.cases import NOW, REPORTER, SYSTEM, Affair, of_staff, refused
from tests.support.desk import letter

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("5.3")]


@pytest.fixture
def affair() -> Iterator[Affair]:
    """A customer with a number that somebody may report."""
    return Affair()


def reported(text: str, *, sender: str = REPORTER, **more: Any) -> None:
    """Have somebody report by mail."""
    letter(text, sender=sender, to=settings.ABUSE_EMAIL, **more)


def acknowledged() -> list[str]:
    """To whom an acknowledgement went."""
    return [str(one.email.open()) for one in OutgoingLetter.objects.filter(kind="abuse-received")]


def test_the_address_is_that_of_the_host_where_the_desk_is_written_to() -> None:
    assert settings.ABUSE_EMAIL == "abuse@example.com"
    assert by_letter.is_report(["Abuse@Example.com"])
    assert not by_letter.is_report([settings.CONTACT_EMAIL, "abuse@example.org"])


@pytest.mark.promise("1.4")
def test_a_letter_opens_a_case_of_the_number_and_is_kept_with_it(affair: Affair) -> None:
    written = f"On 2026-11-30 {affair.number.e164[:6]} {affair.number.e164[6:]} asked for my PIN."
    reported(written, subject="Fraud")
    case = AbuseCase.objects.get()
    assert (case.number, case.subject, case.state) == (affair.number.id, affair.subject, AbuseState.REPORTED)
    shown = queries.look_at(case=case.pk, by=of_staff(), at=NOW)
    (report,) = shown.reports
    assert written in report.said
    assert report.address == REPORTER
    (kept,) = report.pictures
    assert kept.is_letter
    opened = queries.open_picture(case=case.pk, picture=kept.id, by=of_staff(), at=NOW)
    assert b"Subject: Fraud" in opened
    assert acknowledged() == [REPORTER]
    assert not Ticket.objects.exists()
    assert not RequestForm.objects.exists()


def test_without_a_number_of_ours_it_waits_for_one_to_be_found(affair: Affair) -> None:
    reported("Somebody called me from +44 20 7946 0999 on 30.11.2026 at 12:30, ref 4711.")
    (shown,) = queries.listed("new")
    assert (shown.number, shown.to_be_found, shown.can_be_named) == (None, True, True)
    with refused("abuse.no_such_number"):
        deciding.name_number(case=shown.id, number="+44 20 7946 0999", by=affair.first, at=NOW)
    named = deciding.name_number(case=shown.id, number=affair.number.e164, by=affair.first, at=NOW)
    assert named == shown.id
    row = AbuseCase.objects.get()
    assert (row.number, row.subject) == (affair.number.id, affair.subject)
    with refused("abuse.cannot_move"):
        deciding.name_number(case=named, number=affair.number.e164, by=affair.first, at=NOW)


def test_once_found_it_joins_the_case_of_that_number(affair: Affair) -> None:
    reported("You know which number I mean.")
    nameless = AbuseCase.objects.get().pk
    affair.reported(address="second@example.net")
    named = deciding.name_number(case=nameless, number=affair.number.e164, by=affair.first, at=NOW)
    assert named == affair.case
    assert AbuseReport.objects.filter(case=affair.case).count() == 2
    assert AbuseCase.objects.count() == 1


@pytest.mark.parametrize(
    "head",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"Content_Type": "multipart/report; report-type=feedback-report; boundary=x"},
        {"sender": ""},
        {"sender": settings.ABUSE_EMAIL},
    ],
)
def test_programs_bounces_and_our_own_letters_open_no_case(affair: Affair, head: dict[str, Any]) -> None:
    assert affair
    reported("I am away.", **head)
    assert not AbuseCase.objects.exists()
    assert not OutgoingLetter.objects.filter(kind="abuse-received").exists()


def test_whose_gateway_wants_no_answer_gets_none_and_a_forged_sender_is_told_nothing(
    affair: Affair, settings: Any
) -> None:
    reported(f"{affair.number.e164} threatens people.", Precedence="bulk")
    settings.MAIL_AUTHORITY = "mx.example.com"
    forged = {"Authentication_Results": "mx.example.com; spf=fail; dmarc=fail"}
    reported(f"{affair.number.e164} threatens me too.", sender="forged@example.net", **forged)
    assert AbuseReport.objects.count() == 2
    assert [one.has_address for one in AbuseReport.objects.order_by("received_at")] == [True, False]
    assert acknowledged() == []


def test_what_goes_on_with_a_report_goes_to_its_case(affair: Affair) -> None:
    reported(f"{affair.number.e164} called.", Message_ID="<first@mail.example.org>")
    reported("They called again.", References="<first@mail.example.org>")
    reported("And I?", sender="other@example.net", References="<first@mail.example.org>")
    counted = sorted(one.count for one in queries.listed("new"))
    assert counted == [1, 2], "only the sender of a letter goes on with it"


def test_more_than_the_form_takes_of_an_address_become_a_conversation(affair: Affair) -> None:
    most = LIMITS["abuse-account"].count
    for turn in range(most + 1):
        reported(f"{affair.number.e164} called, {turn}.")
    assert AbuseReport.objects.count() == most
    assert Ticket.objects.count() == 1, "nothing that somebody wrote is lost"


def test_who_writes_to_the_desk_as_well_has_a_conversation_too(affair: Affair) -> None:
    actions.receive_letter(
        content=f"Subject: Both\r\n\r\n{affair.number.e164} called.\r\n".encode(),
        sender=REPORTER,
        recipients=[settings.ABUSE_EMAIL, settings.CONTACT_EMAIL],
        by=SYSTEM,
        at=NOW,
    )
    builders.run_jobs("support.sort_letter")
    assert (AbuseCase.objects.count(), Ticket.objects.count()) == (1, 1)


def test_a_letter_with_a_virus_is_not_handed_out(affair: Affair, client: Client) -> None:
    reported(f"{affair.number.e164} called.")
    kept = AbusePicture.objects.get()
    builders.staff_member(client, Role.SUPPORT)
    case = queries.listed("new")[0].public_id
    client.post(f"/en/staff/abuse/{case}/")
    page = client.get(f"/en/staff/abuse/{case}/").content.decode()
    assert "The letter, as it came" in page
    handed = client.get(f"/en/staff/abuse/{case}/pictures/{kept.pk}/")
    assert handed["Content-Disposition"] == 'attachment; filename="report.eml"'
    assert handed["Content-Type"] == "application/octet-stream"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE support_letter SET scan = 'waiting'")
    scanning.note(letter=Letter.objects.get().pk, found=Scan.INFECTED, by=SYSTEM, at=NOW)
    with refused("attachment-infected"):
        queries.open_picture(case=kept.report.case_id, picture=kept.pk, by=affair.first, at=NOW)
    refusal = client.get(f"/en/staff/abuse/{case}/pictures/{kept.pk}/", follow=True).content.decode()
    assert "This carries a virus" in refusal


def test_staff_say_in_the_console_which_number_it_is(affair: Affair, client: Client) -> None:
    reported("You know which.")
    builders.staff_member(client, Role.SUPPORT)
    case = queries.listed("new")[0].public_id
    assert "Number to be found" in client.get("/en/staff/abuse/").content.decode()
    client.post(f"/en/staff/abuse/{case}/")
    assert "Which number is it about?" in client.get(f"/en/staff/abuse/{case}/").content.decode()
    said = {"number": affair.number.e164}
    page = client.post(f"/en/staff/abuse/{case}/number/", said, follow=True).content.decode()
    assert "It is about this number now." in page
    assert AbuseCase.objects.get().number == affair.number.id


def test_the_page_for_reports_names_the_address(client: Client) -> None:
    for language in ("en", "nb"):
        assert settings.ABUSE_EMAIL in client.get(f"/{language}/report-abuse/").content.decode()
