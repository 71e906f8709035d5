"""The customer's messages in the account: found, marked, taken away, deleted; nobody else's are there."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from ringfence.accounts.models import OutgoingLetter, SignIn
from ringfence.kernel.action import action
from ringfence.telephony import message_queries as queries
from ringfence.telephony.actions import message_forwarding, numbers
from tests.accounts.builders import sign_in
from tests.messages.world import Holder, a_holder, now, plain, telnyx
from tests.world import SYSTEM, free_number

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
INBOX = "/en/account/messages/"


@pytest.fixture
def client(holder: Holder) -> Client:
    """The holder's browser."""
    made = Client(headers={"accept-language": "en"})
    sign_in(made, holder.subject)
    return made


def shown(client: Client, address: str = INBOX) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_inbox_without_messages_says_what_will_be_there(client: Client) -> None:
    page = shown(client)
    assert "No messages yet" in page
    assert "Nowhere: messages stay here" in page


@pytest.mark.promise("2.5")
def test_only_the_receiver_sees_a_message(holder: Holder, client: Client) -> None:
    other = a_holder()
    telnyx(other.number.e164, "for the other")
    theirs = queries.inbox(other.subject).messages[0].public_id
    telnyx(holder.number.e164, "for me")
    page = shown(client)
    assert "for me" in page
    assert "for the other" not in page
    assert "for the other" not in shown(client, f"{INBOX}?words=other")
    for address in (theirs, f"{theirs}/delete"):
        assert client.get(f"{INBOX}{address}/").status_code == 404
    assert client.post(f"{INBOX}{theirs}/delete/").status_code == 404
    assert "for the other" not in client.get(f"{INBOX}file/").content.decode()


def test_new_ones_are_counted_until_they_are_read(holder: Holder, client: Client) -> None:
    for text in ("one", "two", "three"):
        telnyx(holder.number.e164, text)
    assert "3 new" in re.sub(r"<[^>]+>", "", shown(client, "/en/account/"))
    newest = queries.inbox(holder.subject).messages[0]
    assert "three" in shown(client, f"{INBOX}{newest.public_id}/")
    assert queries.count_new(holder.subject) == 2
    client.post(f"{INBOX}{newest.public_id}/mark/", {"read": "no"})
    assert queries.count_new(holder.subject) == 3
    answer = client.post(f"{INBOX}{newest.public_id}/mark/", {"read": "yes", "next": f"{INBOX}?new=on"})
    assert answer.headers["Location"] == f"{INBOX}?new=on"
    assert client.post(f"{INBOX}read/", {"next": "https://elsewhere.example/"}).headers["Location"] == INBOX
    assert queries.count_new(holder.subject) == 0
    assert 'class="fresh"' not in shown(client)


def test_messages_are_found_by_number_sender_and_words(holder: Holder, client: Client) -> None:
    for place in range(5):
        telnyx(holder.number.e164, f"note {place}")
    telnyx(holder.number.e164, "Fisk til middag", more={"from": {"phone_number": "Kai"}})
    found = searched(client, "kai FISK")
    assert "Fisk til middag" in found
    assert "note" not in found
    assert "Messages opened to look for your words: 6." in found
    assert "note 4" in searched(client, "+44 7700 900 123"), "a number as people write it"
    assert "No message fits" in searched(client, "meat")
    assert "Fisk" in shown(client, f"{INBOX}?number={holder.number.public_id}&new=on")
    assert "Fisk" in shown(client, f"{INBOX}?number=num_nonsense&after=nonsense"), "what cannot be is passed"


def searched(client: Client, words: str, **more: str) -> str:
    answer = client.post(INBOX, {"words": words, **more})
    assert answer.status_code == 200, "the list is the answer, and no address leads to it"
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.promise("2.5")
def test_what_is_looked_for_is_in_no_address(
    holder: Holder, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.interfaces.account.messages_pages.ON_A_PAGE", 1)
    for place in range(3):
        telnyx(holder.number.e164, f"secret {place}")
    first = searched(client, "secret", number=holder.number.public_id)
    addresses = re.findall(r'(?:href|action|name="next" value)="([^"]*)"', first)
    assert not [one for one in addresses if "secret" in one]
    assert re.search(r'<form class="filters"[^>]* method="post"', first)
    after = re.findall(r'name="after" value="([^"]+)"', first)[0]
    second = searched(client, "secret", number=holder.number.public_id, after=after)
    assert ("secret 2" in first, "secret 1" in second, "secret 2" in second) == (True, True, False)
    assert "No message fits" not in shown(client, f"{INBOX}?words=nothing"), "an address asks for no words"


def test_pages_follow_each_other_without_gap_or_repeat(holder: Holder) -> None:
    for place in range(7):
        telnyx(holder.number.e164, f"no-{place}")
    seen: list[str] = []
    after = ""
    for _page in range(3):
        page = queries.inbox(holder.subject, after=after, limit=3)
        seen += [one.text for one in page.messages]
        after = page.older
    assert (seen, after) == ([f"no-{place}" for place in reversed(range(7))], "")
    page = queries.inbox(holder.subject, words="no-0", limit=3)
    assert ([one.text for one in page.messages], page.older, page.looked_at) == (["no-0"], "", 7)


@pytest.mark.promise("2.9")
def test_one_is_deleted_after_a_question_and_then_all(holder: Holder, client: Client) -> None:
    for text in ("one", "two", "three"):
        telnyx(holder.number.e164, text)
    newest = queries.inbox(holder.subject).messages[0].public_id
    assert "Delete the message from +44 7700 900123?" in shown(client, f"{INBOX}{newest}/delete/")
    assert queries.count_all(holder.subject) == 3
    client.post(f"{INBOX}{newest}/delete/")
    assert client.get(f"{INBOX}{newest}/").status_code == 404
    assert "Messages you have now: 2" in shown(client, f"{INBOX}delete/")
    client.post(f"{INBOX}delete/")
    assert "Deleted, for good: 2 messages." in shown(client)
    assert queries.count_all(holder.subject) == 0


def test_a_code_is_marked_and_can_be_copied_and_a_text_is_never_markup(
    holder: Holder, client: Client
) -> None:
    telnyx(holder.number.e164, "<script>x</script> Your code is 482913")
    page = shown(client)
    assert '<mark class="one-time">482913</mark>' in page
    assert 'data-copy="482913"' in page
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_the_file_holds_all_and_no_formula(holder: Holder, client: Client) -> None:
    telnyx(holder.number.e164, "=1+1", more={"from": {"phone_number": "+Bank"}})
    telnyx(holder.number.e164, 'line\nand line, "quoted"')
    rows = list(csv.DictReader(io.StringIO(client.get(f"{INBOX}file/").content.decode(), newline="")))
    assert [row["text"] for row in rows] == ['line\nand line, "quoted"', "'=1+1"]
    assert [row["from"] for row in rows] == ["+447700900123", "'+Bank"]
    assert rows[0]["to"] == holder.number.e164


def test_a_former_customer_still_reads_what_was_theirs(client: Client, holder: Holder) -> None:
    telnyx(holder.number.e164, "before")
    numbers.rest(number=holder.number.id, by=SYSTEM, at=now())
    assert "before" in shown(client)
    assert client.get(f"/en/account/numbers/{holder.number.public_id}/messages/").status_code == 404


def test_the_forwarding_page_takes_an_address_and_shows_its_secret_once(
    holder: Holder, client: Client
) -> None:
    base = f"/en/account/numbers/{holder.number.public_id}/messages/"
    assert "Give a web address" in shown(client, base)
    refused = client.post(f"{base}address/", {"url": "https://10.0.0.1/"})
    assert refused.status_code == 422
    assert "cannot be reached from the internet" in refused.content.decode()
    taken = client.post(f"{base}address/", {"url": "https://example.com/hook"})
    secret = re.search(r"whs_[\w-]{43}", taken.content.decode())
    assert secret
    assert "no-store" in taken.headers["Cache-Control"]
    page = shown(client, base)
    assert "https://example.com/hook" in page
    assert secret[0] not in page
    assert OutgoingLetter.objects.filter(kind="message-forwarding-changed").count() == 1
    client.post(f"{base}letter/", {"on": "yes"})
    assert queries.forwarding_of(holder.subject, holder.number.id).by_letter
    plain(holder.number.e164, sent=now())
    log = queries.deliveries_of(holder.subject, holder.number.id)
    assert "On its way" in shown(client, base)
    assert "on its way already" in client.post(f"{base}again/{log[0].id}/", follow=True).content.decode()
    client.post(f"{base}address/off/")
    assert queries.forwarding_of(holder.subject, holder.number.id).url == ""
    assert "Not sent" in shown(client, base)


def test_the_settings_of_forwarding_want_a_fresh_proof(holder: Holder, client: Client) -> None:
    @action("tests.age")
    def age(*, by: object, at: object) -> None:
        SignIn.objects.update(fresh_at=now() - timedelta(hours=2))

    age(by=holder.by, at=now())
    base = f"/en/account/numbers/{holder.number.public_id}/messages/"
    for address in ("address/", "letter/"):
        assert "/account/prove/" in client.post(base + address, {"on": "yes"}).headers["Location"]
    assert queries.forwarding_of(holder.subject, holder.number.id) == queries.Forwarding()


def test_a_strangers_number_has_no_settings(client: Client, holder: Holder) -> None:
    other = free_number()
    assert client.get(f"/en/account/numbers/{other.public_id}/messages/").status_code == 404
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    assert client.post(f"/en/account/numbers/{other.public_id}/messages/letter/").status_code == 404
