"""No text comes in past the firewall of clause 2.4, by whatever door, and the promise says how much came by each."""

import json
from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from ringfence.interfaces.payment_firewall import PaymentFirewall
from ringfence.kernel.actor import Actor
from ringfence.privacy.consent import notices
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.payment_data import PaymentData
from ringfence.privacy.payment_watch import check
from ringfence.privacy.payment_watch.removing import Channel, count_removed
from tests.house import source
from tests.interfaces.route_table import UNSIGNED, routes
from tests.shop.conftest import found_anywhere

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.4")]
CARD = "4242 4242 4242 4242"
CLEANED_BY_THEMSELVES = {
    "webhooks:payments": "Channel.WEBHOOK",
    "webhooks:messages": "Channel.SMS",
    "storefront:choose_cookies": "three fixed words",
    "storefront:news": "nothing else is taken in",
}
"""Doors that the middleware leaves alone, and what cleans there: an action, or that nothing typed is taken in."""


def test_every_door_past_the_middleware_has_a_cleaning_of_its_own() -> None:
    past = {name for name, one in routes().items() if getattr(one.callback, "csrf_exempt", False)}
    assert past == UNSIGNED == CLEANED_BY_THEMSELVES.keys()


def test_what_is_sent_to_the_choice_of_cookies_is_stored_nowhere(client: Client, settings: Settings) -> None:
    settings.ANALYTICS_ID = "G-TEST123456"
    sent = dict.fromkeys(("next", "question", "name", CARD), f"/{CARD}") | {"answer": "no", "from": "page"}
    client.cookies["choice"] = CARD
    headers = {"origin": "http://testserver", "user-agent": CARD, "referer": f"http://testserver/{CARD}"}
    assert client.post("/en/cookies/answer/", sent, headers=headers).status_code == 303
    assert client.post("/en/cookies/answer/", sent | {"from": CARD}, headers=headers).status_code == 400
    assert ConsentRecord.objects.get().notice_id == notices.digest()
    assert not found_anywhere(CARD)
    assert not found_anywhere(CARD.replace(" ", ""))


def test_a_json_body_as_large_as_one_may_be_is_cleaned_to_its_end() -> None:
    most = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = json.dumps({"note": "x" * (most - 64) + f" {CARD}"})
    assert most - 64 < len(body) <= most
    request = RequestFactory().post("/", body, content_type="application/json")
    firewall = PaymentFirewall(lambda _request: HttpResponse())
    firewall.process_view(request, lambda _request: HttpResponse(), (), {})
    assert b"4242" not in request.body


@pytest.mark.parametrize("channel", list(Channel))
def test_what_was_removed_is_counted_on_the_promise_by_its_door(channel: Channel) -> None:
    at = datetime.now(UTC)
    count_removed(channel=channel, removed={PaymentData.CARD: 2}, by=Actor.system("tests"), at=at)
    figures = check.no_payment_data_is_stored(at).figures
    assert (figures[f"removed_{channel}"], figures["removed"]) == (2, 2)
    assert {name for name in figures if name.startswith("removed_")} == {f"removed_{one}" for one in Channel}


def test_every_channel_is_the_door_of_something() -> None:
    own = "privacy/payment_watch/removing.py"
    texts = [path.read_text() for path in source.python("src") if not str(path).endswith(own)]
    unused = [one.name for one in Channel if not any(f"Channel.{one.name}" in text for text in texts)]
    assert unused == []
