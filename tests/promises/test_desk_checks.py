"""Clauses 1.4 and 2.2 break where a page has lost its form, a returned letter lies unread, or a link says nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse

from ringfence.interfaces import ways_in
from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy, promises
from ringfence.privacy.promises.running import Standing, run_checks
from ringfence.support import actions, sorting
from ringfence.support.models import Letter
from ringfence.support.notices import check, unsubscribing
from ringfence.support.rules import LetterKind

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
RETURNED = b"""Subject: Undelivered\r
Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r
\r
--x\r
Content-Type: message/delivery-status\r
\r
Action: failed\r
Status: 5.1.1\r
--x--\r
"""


def standing(clause: str, at: datetime = NOW) -> Standing:
    """How a clause stands after one run of its check."""
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={clause})}[clause]


@pytest.mark.promise("2.2")
def test_a_returned_letter_that_nobody_looked_at_breaks_2_2() -> None:
    assert standing("2.2").state == promises.KEPT
    letter = actions.receive_letter(
        content=RETURNED, sender="", recipients=["privacy@example.com"], by=SYSTEM, at=NOW
    )
    assert Letter.objects.get().kind == LetterKind.BOUNCE
    assert standing("2.2", NOW + check.READ_WITHIN / 2).state == promises.KEPT, "its job may still wait"
    late = standing("2.2", NOW + 2 * HOUR)
    assert (late.state, late.figures["unread"]) == (promises.BROKEN, 1)
    sorting.sort(letter=letter, by=SYSTEM, at=NOW + 2 * HOUR)
    assert standing("2.2", NOW + 3 * HOUR).state == promises.KEPT


@pytest.mark.promise("2.2")
@pytest.mark.parametrize("says", [None, "another"])
def test_a_link_that_takes_nobody_off_the_list_breaks_2_2(
    monkeypatch: pytest.MonkeyPatch, says: str | None
) -> None:
    assert standing("2.2").figures["works_link"] == 1
    monkeypatch.setattr(unsubscribing, "record_of", lambda _token: says)
    broken = standing("2.2", NOW + HOUR)
    assert (broken.state, broken.figures["works_link"]) == (promises.BROKEN, 0)


@pytest.mark.promise("1.4")
@pytest.mark.parametrize("lost", ["/contact/", "/register/"])
def test_a_page_that_lost_its_form_breaks_1_4(
    open_mail_port: intake.Controller, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    policy.ensure_first_version(by=SYSTEM, at=NOW)
    assert open_mail_port
    assert standing("1.4").state == promises.KEPT
    shows = ways_in.answer

    def without(asked: str, *more: Any) -> HttpResponse:
        found: HttpResponse = shows(asked, *more)
        return HttpResponse("<h1>Nothing to fill in</h1>") if asked.endswith(lost) else found

    monkeypatch.setattr(ways_in, "answer", without)
    broken = standing("1.4", NOW + HOUR)
    assert (broken.state, broken.figures["works_forms"], broken.figures["failed"]) == (promises.BROKEN, 0, 1)


@pytest.mark.promise("1.4")
def test_a_page_about_cookies_that_says_nothing_of_them_breaks_1_4(
    open_mail_port: intake.Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy.ensure_first_version(by=SYSTEM, at=NOW)
    assert open_mail_port
    monkeypatch.setattr(ways_in, "answer", lambda *_asked: HttpResponse("<form method='post'></form>"))
    assert not ways_in.cookies_work(NOW)
    monkeypatch.setattr(ways_in, "answer", lambda *_asked: HttpResponse("", status=500))
    assert not ways_in.cookies_work(NOW)
    assert standing("1.4").figures["works_cookies"] == 0
