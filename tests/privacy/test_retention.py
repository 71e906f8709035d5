"""Every class of data ends by itself: accounts, sign-ins, letters, choices, books (clause 2.8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter, Person, SignIn
from ringfence.interfaces.commands import retention as command
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import promises, retention
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys import keyring
from ringfence.privacy.policy.models import Acknowledgement
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import check, queries, registry
from ringfence.privacy.retention.models import RetentionRun
from ringfence.privacy.retention_rules import end_of, years_after
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.shop.models import BookEntry
from ringfence.support import actions as support
from ringfence.support.models import Letter
from tests.accounts import builders
from tests.world import SYSTEM, number_of

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
DAY = timedelta(days=1)
AT = builders.now()


def state(at: datetime) -> tuple[str, dict[str, float]]:
    found = promises.promise("2.8")
    assert found
    finding = found.check(at)
    return finding.state, dict(finding.figures)


@pytest.fixture
def customer() -> Iterator[UUID]:
    yield builders.customer()
    keyring.forget()


def test_an_account_out_of_use_ends_after_a_letter_and_thirty_days(customer: UUID) -> None:
    retention.let_go(by=SYSTEM, at=AT + 20 * DAY)
    assert not OutgoingLetter.objects.filter(kind="account-ending").exists()
    retention.let_go(by=SYSTEM, at=AT + 22 * DAY)
    assert OutgoingLetter.objects.get(kind="account-ending").subject == customer
    assert retention.let_go(by=SYSTEM, at=AT + 51 * DAY)["accounts.unused"] == 0
    assert state(AT + 53 * DAY)[1]["overdue_account"] == 1
    assert retention.let_go(by=SYSTEM, at=AT + 53 * DAY, dry_run=True)["accounts.unused"] == 1
    assert retention.let_go(by=SYSTEM, at=AT + 53 * DAY)["accounts.unused"] == 1
    assert builders.run_jobs("privacy.erase") == ["privacy.erase"]
    assert not Person.objects.exists()
    assert Erasure.objects.get().finished_at is not None
    assert state(AT + 53 * DAY)[1]["overdue_account"] == 0


def test_whoever_signs_in_or_has_a_number_stays(customer: UUID) -> None:
    with_number = builders.customer(email="numbered@example.com")
    number_of(with_number)
    retention.let_go(by=SYSTEM, at=AT + 22 * DAY)
    assert set(Person.objects.exclude(leaves_at=None).values_list("pk", flat=True)) == {customer}
    builders.sign_in(Client(), customer)
    assert not Person.objects.exclude(leaves_at=None).exists()
    retention.let_go(by=SYSTEM, at=AT + 10 * DAY)
    assert not Person.objects.exclude(leaves_at=None).exists()


def test_an_account_that_came_into_use_by_a_purchase_stays(customer: UUID) -> None:
    retention.let_go(by=SYSTEM, at=AT + 22 * DAY)
    number_of(customer)
    retention.let_go(by=SYSTEM, at=AT + 60 * DAY)
    assert Person.objects.get().leaves_at is None
    assert not Erasure.objects.exists()


def test_a_closed_account_ends_in_thirty_days(customer: UUID) -> None:
    accounts.close_account(person=customer, by=SYSTEM, at=AT)
    assert retention.let_go(by=SYSTEM, at=AT + 29 * DAY)["accounts.unused"] == 0
    assert retention.let_go(by=SYSTEM, at=AT + 31 * DAY)["accounts.unused"] == 1
    assert Erasure.objects.get().subject == customer


def weeks() -> list[str]:
    """Return the parts of the table of sign-ins."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'accounts_signin'::regclass"
        )
        return [name for (name,) in cursor.fetchall()]


def test_sign_ins_go_by_week(customer: UUID) -> None:
    builders.sign_in(Client(), customer)
    made = SignIn.objects.get().made_at
    assert len(weeks()) == 1
    retention.let_go(by=SYSTEM, at=made + 21 * DAY - timedelta(minutes=1))
    assert SignIn.objects.count() == 1
    retention.let_go(by=SYSTEM, at=made + 21 * DAY + timedelta(minutes=1))
    assert SignIn.objects.count() == 0
    retention.let_go(by=SYSTEM, at=made + 28 * DAY)
    assert weeks() == []
    builders.sign_in(Client(), customer)
    assert SignIn.objects.count() == 1


def test_letters_out_and_in_end_after_thirty_days(customer: UUID) -> None:
    accounts.queue_letter(kind="password-changed", person=customer, by=SYSTEM, at=AT)
    support.receive_letter(
        content=b"Subject: hello\n\nhello",
        sender="customer1@example.com",
        recipients=["us@example.com"],
        by=SYSTEM,
        at=AT,
    )
    late = AT + 30 * DAY + timedelta(hours=3)
    assert state(late)[1]["overdue_messages"] == 2
    retention.let_go(by=SYSTEM, at=late)
    assert not Letter.objects.exists()
    assert not OutgoingLetter.objects.filter(kind="password-changed").exists()
    assert state(late)[1]["overdue_messages"] == 0


@action("tests.see_again")
def see_again(*, person: UUID, by: Actor, at: datetime) -> None:
    """Have somebody seen the terms anew at a moment."""
    nothing_happened()
    first = Acknowledgement.objects.filter(subject=person).order_by("acknowledged_at").first()
    assert first
    Acknowledgement.objects.create(subject=person, version=first.version, moment="login", acknowledged_at=at)


def test_choices_end_three_years_after_they_were_replaced(customer: UUID) -> None:
    see_again(person=customer, by=SYSTEM, at=AT + 400 * DAY)
    ended = years_after(AT + 400 * DAY, 3)
    builders.run_jobs()
    assert state(ended - DAY)[1]["overdue_consent"] == 0
    assert state(ended + DAY)[1]["overdue_consent"] == 1
    assert retention.let_go(by=SYSTEM, at=ended + DAY)["privacy.acknowledgements"] == 1
    assert Acknowledgement.objects.get().acknowledged_at == AT + 400 * DAY, "the last one is still in force"


def test_requests_end_three_years_after_they_were_met(customer: UUID) -> None:
    made = requests.open_request(
        subject=customer, kind=RequestKind.COPY, channel=Channel.ACCOUNT, by=SYSTEM, at=AT
    )
    requests.approve(request=made.pk, by=SYSTEM, at=AT)
    late = years_after(AT, 3) + DAY
    assert retention.let_go(by=SYSTEM, at=late, dry_run=True)["privacy.requests"] == 0, "it is still open"
    requests.carry_out(request=made.pk, by=SYSTEM, at=AT)
    requests.close(request=made.pk, by=SYSTEM, at=AT)
    assert state(late)[1]["overdue_consent"] == 1
    assert retention.let_go(by=SYSTEM, at=late)["privacy.requests"] == 1
    assert not SubjectRequest.objects.exists()


@action("tests.book")
def book(*, subject: UUID, booked_at: datetime, serial: int, by: Actor, at: datetime) -> None:
    """Enter something in the books of an earlier year."""
    nothing_happened()
    BookEntry.objects.create(
        serial=serial,
        kind="sale",
        subject=subject,
        order=uuid4(),
        booked_at=booked_at,
        buyer_country="NO",
        what="a number",
        period_from=booked_at,
        period_to=booked_at + 30 * DAY,
        period_minor=100,
        setup_minor=0,
        net_minor=80,
        vat_minor=20,
        gross_minor=100,
        currency="NOK",
        vat_rate=25,
        vat_rule="home",
    )


def test_the_books_end_with_the_fifth_year_after() -> None:
    person = uuid4()
    book(subject=person, booked_at=datetime(2020, 12, 31, 12, tzinfo=UTC), serial=1, by=SYSTEM, at=AT)
    book(subject=person, booked_at=datetime(2021, 1, 2, tzinfo=UTC), serial=2, by=SYSTEM, at=AT)
    assert state(datetime(2025, 12, 31, 23, tzinfo=UTC))[1]["overdue_books"] == 0
    assert state(datetime(2026, 1, 3, tzinfo=UTC))[1]["overdue_books"] == 1
    assert retention.let_go(by=SYSTEM, at=datetime(2026, 1, 1, 1, tzinfo=UTC))["shop.books"] == 1
    assert BookEntry.objects.get().serial == 2


@pytest.mark.parametrize(
    ("name", "moment", "end"),
    [
        ("access", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 22, 9, tzinfo=UTC)),
        ("telephony.calls", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 5, 30, tzinfo=UTC)),
        ("messages", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 31, 9, tzinfo=UTC)),
        ("books", datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2032, 1, 1, tzinfo=UTC)),
        ("consent", datetime(2024, 2, 29, 9, tzinfo=UTC), datetime(2027, 2, 28, 9, tzinfo=UTC)),
    ],
)
def test_until_when_something_is_kept(name: str, moment: datetime, end: datetime) -> None:
    assert retention.kept_until(name, moment) == end
    assert retention.kept_until(name, None) is None
    words, figures = retention.kept_words(name)
    assert words % figures


def test_every_class_and_every_table_has_an_end() -> None:
    """A new model of any room comes here by itself: whoever keeps something says how it goes."""
    assert check.endless_tables() == []
    assert check.classes_in_use() <= {str(one.retention_class) for one in retention.entered()}
    assert all(end_of(name, AT) > AT for name in check.classes_in_use())


def test_a_class_that_nothing_lets_go_of_breaks_the_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert state(AT)[0] == promises.KEPT
    without = {name: one for name, one in registry._kept.items() if name != "shop.books"}
    monkeypatch.setattr(registry, "_kept", without)
    found, figures = state(AT)
    assert (found, figures["endless"]) == (promises.BROKEN, 1)


def test_what_went_is_noted_and_what_is_next_is_said(customer: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.sign_in(Client(), customer)
    before = SignIn.objects.get().made_at + 20 * DAY + timedelta(hours=12)
    [standing] = [one for one in queries.standings(before) if one.name == "accounts.sign_ins"]
    assert (standing.overdue, standing.next_day, standing.month, standing.last_at) == (0, 1, 0, None)
    for hours in (12, 13):
        retention.let_go(by=SYSTEM, at=before + timedelta(hours=hours, minutes=1))
    [standing] = [one for one in queries.standings(before + DAY) if one.name == "accounts.sign_ins"]
    assert (standing.next_day, standing.month, standing.failed_at) == (0, 1, None)
    assert [one.gone for one in queries.recently_gone() if "signed" in one.title] == [1]

    def fail(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
        raise OSError

    monkeypatch.setattr(registry, "_kept", dict(registry._kept))
    retention.enter("shop.books", retention.RetentionClass.BOOKS, overdue=lambda _at: 0, let_go=fail)
    retention.let_go(by=SYSTEM, at=before + DAY)
    assert RetentionRun.objects.get(name="shop.books", day=(before + DAY).date()).failed_at is not None


def test_the_command_says_what_goes_and_what_is_held(
    customer: UUID, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(command.argparse.Namespace(dry_run=True)) == 0
    assert command.run(command.argparse.Namespace(dry_run=False)) == 0
    said = capsys.readouterr().out
    assert "accounts.sign_ins" in said
    assert "legal holds in force: 0" in said


def test_the_store_may_make_and_drop_weeks_and_nothing_else() -> None:
    with pytest.raises(Exception, match=r"owner|permission"), connection.cursor() as cursor:
        cursor.execute("DROP TABLE accounts_signin")
