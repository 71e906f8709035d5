"""What came with a letter of a conversation is saved as a file by those whose it is, and by staff for a purpose."""

from email.message import EmailMessage
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ringfence.kernel.actor import Role
from ringfence.privacy.looks.check import places
from ringfence.privacy.queries import lines_of
from ringfence.support import actions as support
from tests.accounts import builders
from tests.support.desk import STRANGER, only

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CUSTOMER = "customer1@example.com"
PAGE = b"<script>alert(1)</script>"


def with_a_file(sender: str, **headers: str) -> UUID:
    """Have a letter come in with a file; its id."""
    message = EmailMessage()
    message["From"], message["Subject"] = sender, "With a file"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("Look at this.")
    message.add_attachment(PAGE, maintype="text", subtype="html", filename="../a <page>.html")
    taken = support.receive_letter(
        content=message.as_bytes(),
        sender=sender,
        recipients=[settings.CONTACT_EMAIL],
        by=builders.TESTS,
        at=builders.now(),
    )
    builders.run_jobs("support.sort_letter")
    return taken


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    builders.staff_member(client, Role.SUPPORT)
    return client


@pytest.mark.promise("2.1")
@pytest.mark.parametrize("sender", [CUSTOMER, STRANGER])
def test_staff_see_it_beside_the_conversation_and_nobody_is_left_untold(staff: Client, sender: str) -> None:
    person = builders.customer(email=CUSTOMER)
    letter = with_a_file(sender)
    page = staff.get(f"/en/staff/tickets/{only()}/").content.decode()
    url = f"/en/staff/letters/{letter}/attachments/0/"
    assert url in page
    assert staff.get(url).content == PAGE
    told = lines_of(person).filter(action="support.hand_out_attachment").count()
    assert told == (1 if sender == CUSTOMER else 0)
    assert places(builders.now()) == {}


def test_a_customer_saves_their_own_alone() -> None:
    own, other = Client(), Client()
    builders.customer(own, email=CUSTOMER)
    builders.customer(other, email="customer2@example.com")
    letter = with_a_file(CUSTOMER)
    mine = only()
    url = f"/en/account/support/{mine}/{letter}/0/"
    assert url in own.get(f"/en/account/support/{mine}/").content.decode()
    assert b"".join(own.get(url)) == PAGE  # type: ignore[arg-type] # a response is iterable
    assert other.get(url).status_code == 404
    answer = own.get(url)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert own.get(url.replace("/0/", "/7/")).status_code == 302
    elsewhere = with_a_file(STRANGER)
    assert own.get(url.replace(str(letter), str(elsewhere))).status_code == 302


def test_what_came_along_is_listed_without_loading_the_letters(staff: Client) -> None:
    own = Client()
    builders.customer(own, email=CUSTOMER)
    for name in ("a", "b"):
        with_a_file(CUSTOMER, Message_ID=f"<{name}@example.com>", References="<a@example.com>")
    for client, url in ((staff, f"/en/staff/tickets/{only()}/"), (own, f"/en/account/support/{only()}/")):
        with CaptureQueriesContext(connection) as asked:
            page = client.get(url).content.decode()
        assert page.count("a _page_.html") == 2
        from_letters = [one["sql"] for one in asked if 'FROM "support_letter"' in one["sql"]]
        assert not any('"support_letter"."content"' in one for one in from_letters)
        assert sum('"support_letter"."attached"' in one for one in from_letters) == 1
