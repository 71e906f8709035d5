"""Clauses 1.4 and 3.2 are checked over the live store, and each shows broken within one run once it is broken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.utils.safestring import mark_safe
from pytest_django import Settings

from ringfence.accounts.actions import letters
from ringfence.interfaces import context, cookie_choice, security, visits, ways_in
from ringfence.interfaces.mail import intake
from ringfence.kernel.actor import Actor
from ringfence.privacy import channels, policy, promises
from ringfence.privacy.page_views import actions as page_views
from ringfence.privacy.promises.running import Standing, run_checks
from tests.accounts.builders import customer
from tests.privacy.test_consent import says

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
AT = datetime.now(UTC)
SYSTEM = Actor.system("tests")
Break = Callable[..., None]


@pytest.fixture(autouse=True)
def first_version() -> None:
    """The terms, published."""
    policy.ensure_first_version(by=SYSTEM, at=AT)


@pytest.fixture(autouse=True)
def mail_in(open_mail_port: intake.Controller) -> intake.Controller:
    """The store's own mail port, open."""
    return open_mail_port


def found(clause: str, at: datetime = AT) -> promises.Finding:
    """What the check of a clause finds."""
    promise = promises.promise(clause)
    assert promise is not None
    return promise.check(at)


def standing(clause: str, at: datetime = AT) -> Standing:
    """How a clause stands after it was checked."""
    return {one.clause: one for one in run_checks(by=SYSTEM, at=at, only={clause})}[clause]


@pytest.mark.promise("1.4")
def test_every_way_in_is_tried_and_one_that_does_not_answer_breaks_1_4(mail_in: intake.Controller) -> None:
    sound = standing("1.4")
    assert (sound.state, sound.figures["failed"]) == (promises.KEPT, 0)
    assert {name for name in sound.figures if name.startswith("works_")} >= {
        f"works_{name}" for name in ("cookies", "forms", "letters", "mail")
    }
    mail_in.stop()
    broken = standing("1.4", AT + timedelta(minutes=5))
    assert (broken.state, broken.figures["works_mail"], broken.figures["failed"]) == (promises.BROKEN, 0, 1)


@pytest.mark.promise("1.4")
def test_a_store_that_is_starting_is_not_broken_and_mends_nothing_by_it(
    mail_in: intake.Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_in.stop()
    monkeypatch.setattr(ways_in, "STARTING_SECONDS", 1e9)
    early = found("1.4")
    assert (early.state, early.figures["starting"]) == (promises.DUE_SOON, 1)
    monkeypatch.setattr(ways_in, "STARTING_SECONDS", 0.0)
    assert standing("1.4").state == promises.BROKEN
    monkeypatch.setattr(ways_in, "STARTING_SECONDS", 1e9)
    assert found("1.4").state == promises.BROKEN


@pytest.mark.promise("1.4")
@pytest.mark.parametrize("way", ["forms", "cookies", "mail", "letters"])
def test_a_way_that_is_not_there_or_raises_breaks_1_4(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_at: datetime) -> bool:
        raise OSError

    monkeypatch.setitem(channels._ways, way, channels.WayIn(way, fails))
    assert found("1.4").state == promises.BROKEN
    monkeypatch.delitem(channels._ways, way)
    assert found("1.4", AT + timedelta(minutes=5)).figures["failed"] == 1


@pytest.mark.promise("1.4")
def test_letters_that_lie_break_1_4() -> None:
    person = customer(email="one@example.com")
    letters.queue_letter(kind="password-changed", person=person, by=SYSTEM, at=AT)
    assert found("1.4").state == promises.KEPT
    assert found("1.4", AT + timedelta(hours=1)).figures["works_letters"] == 0


@pytest.mark.promise("3.2")
@pytest.mark.parametrize("measurement", ["", "G-TEST123456"])
def test_a_sound_store_counts_nobody(settings: Settings, measurement: str) -> None:
    settings.ANALYTICS_ID = measurement
    finding = found("3.2")
    assert finding.state == promises.KEPT, finding
    assert finding.figures["pages"] >= 20


@pytest.mark.promise("3.2")
def test_a_page_that_counts_without_a_yes_breaks_3_2(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    monkeypatch.setattr(cookie_choice, "given", lambda _request: True)
    finding = standing("3.2")
    assert (finding.state, finding.figures["hosts"] > 0) == (promises.BROKEN, True)


@pytest.mark.promise("3.2")
def test_a_yes_nobody_gave_is_believed_breaks_3_2(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    monkeypatch.setattr("ringfence.privacy.consent.queries.is_given", lambda **_asked: True)
    assert found("3.2").state == promises.BROKEN


@pytest.mark.promise("3.2")
def test_a_picture_from_elsewhere_breaks_3_2(monkeypatch: pytest.MonkeyPatch) -> None:
    def site() -> context.Site:
        picture = mark_safe('<img src="https://counter.example.com/1.gif">')
        return context.Site("Numbers", picture, "", "")

    monkeypatch.setattr(context, "site", site)
    assert found("3.2").figures["hosts"] == 1


@pytest.mark.promise("3.2")
def test_a_cookie_that_counts_breaks_3_2(monkeypatch: pytest.MonkeyPatch) -> None:
    made = visits._handler()
    whole = made.get_response

    def counting(request: object) -> HttpResponse:
        response = whole(request)
        response.set_cookie("visitor", "1")
        return response

    monkeypatch.setattr(made, "get_response", counting)
    assert found("3.2").figures["cookies"] == 1


@pytest.mark.promise("3.2")
@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_question_that_was_altered_breaks_3_2(settings: Settings, break_data: Break) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    says(uuid4(), yes=True)
    assert found("3.2").figures["given"] == 1
    break_data("UPDATE privacy_consentnotice SET text = '{}'")
    assert found("3.2", AT + timedelta(minutes=5)).figures["unproven"] == 1


@pytest.mark.promise("3.2")
def test_a_visit_with_a_yes_opens_the_public_pages_to_google_and_no_more(settings: Settings) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    figures = found("3.2").figures
    assert (figures["opened"], figures["astray"]) == (2 * len(cookie_choice.MEASURED), 0)
    settings.ANALYTICS_ID = ""
    assert found("3.2").figures["opened"] == 0


@pytest.mark.promise("3.2")
@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("cookie_choice.MEASURED", cookie_choice.MEASURED | {"storefront:contact"}),
        ("cookie_choice._place", lambda request: request.path),
        ("cookie_choice._place", lambda request: "" if request.GET else f"{request.path}num_1/"),
        ("cookie_choice.viewer_of", lambda _request: context.STRANGER),
        ("security.STATISTICS", security.STATISTICS | {"img-src": ["https://counter.example.com"]}),
    ],
    ids=["a form", "a search", "more than the page", "signed in", "somebody else"],
)
def test_a_visit_with_a_yes_that_tells_more_breaks_3_2(
    what: str, wrong: object, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    if what == "cookie_choice.MEASURED":
        monkeypatch.setattr(visits, "_may_open", lambda path: "contact" not in path and "?" not in path)
    if what == "security.STATISTICS":
        known = visits._googles()
        monkeypatch.setattr(visits, "_googles", lambda: known)
    monkeypatch.setattr(f"ringfence.interfaces.{what}", wrong)
    finding = found("3.2")
    assert (finding.state, finding.figures["astray"] > 0, finding.figures["hosts"]) == (
        promises.BROKEN,
        True,
        0,
    )


@pytest.mark.promise("3.2")
def test_sums_that_were_kept_too_long_break_3_2() -> None:
    long_ago = AT - timedelta(days=500)
    page_views.add(views={(long_ago.date(), "/en/help/"): 1}, by=SYSTEM, at=AT)
    assert standing("3.2").figures["overdue"] == 1
    page_views.forget(by=SYSTEM, at=AT)
    assert found("3.2", AT + timedelta(minutes=5)).state == promises.KEPT
