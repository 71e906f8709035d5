"""Signing in: sessions, second proofs, passkeys, step-up, limits."""

import html
import re
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from ringfence.accounts import actions, queries
from ringfence.accounts.models import Authenticator, OutgoingLetter, Passkey, SignIn, TryCount
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.erasure.actions import begin
from ringfence.privacy.requests.actions import open_request
from ringfence.privacy.rules import Channel, RequestKind
from tests.accounts.builders import PASSWORD, TESTS, customer, now, sign_in, staff_member
from tests.accounts.soft_authenticator import SoftAuthenticator

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
ADDRESS = "customer1@example.com"
LOGIN = {"email": ADDRESS, "password": PASSWORD}


def options_on(page: bytes) -> str:
    found = re.search(r'data-options="([^"]+)"', page.decode())
    assert found
    return html.unescape(found[1])


def with_code_app(person: UUID) -> pyotp.TOTP:
    app = pyotp.TOTP(actions.begin_code_app(person=person, by=TESTS, at=now()))
    at = now() - timedelta(minutes=5)
    actions.confirm_code_app(person=person, code=app.at(at), by=TESTS, at=at)
    return app


def with_passkey(client: Client) -> SoftAuthenticator:
    device = SoftAuthenticator(settings.PUBLIC_ORIGIN)
    page = client.get("/en/account/security/passkeys/add/")
    answer = {"answer": device.create(options_on(page.content)), "label": "My phone"}
    assert client.post("/en/account/security/passkeys/add/", answer).status_code == 302
    return device


def test_sign_in_and_out(client: Client) -> None:
    customer()
    response = client.post(
        "/en/login/", {**LOGIN, "next": "/en/account/details/"}, headers={"User-Agent": "Firefox/1 Linux"}
    )
    assert response.headers["Location"] == "/en/account/details/"
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert client.get("/en/account/").headers["Cache-Control"] == "no-store, private"
    assert SignIn.objects.get().device.open() == "Firefox, Linux"
    assert client.post("/en/logout/").status_code == 302
    assert not SignIn.objects.exists()
    stolen = Client()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert stolen.get("/en/account/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(client: Client, target: str) -> None:
    customer()
    assert client.post("/en/login/", {**LOGIN, "next": target}).headers["Location"].startswith("/en/account/")


def test_a_new_cookie_at_each_sign_in(client: Client) -> None:
    customer()
    client.get("/en/login/passkey/")
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/en/login/", LOGIN)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_sessions_are_listed_and_end_at_once(client: Client) -> None:
    person = customer(client)
    other = Client()
    there = sign_in(other, person)
    assert other.get("/en/account/").status_code == 200
    page = client.get("/en/account/sessions/").content.decode()
    assert page.count("192.0.2.1") == 2
    assert client.post(f"/en/account/sessions/{there}/end/").status_code == 302
    assert other.get("/en/account/").status_code == 302
    for _more in range(3):
        sign_in(Client(), person)
    client.post("/en/account/sessions/others/end/")
    assert SignIn.objects.filter(person=person).count() == 1


def test_nobody_ends_somebody_elses_session(client: Client) -> None:
    customer(client)
    theirs = sign_in(Client(), customer(email="customer2@example.com"))
    client.post(f"/en/account/sessions/{theirs}/end/")
    assert SignIn.objects.filter(pk=theirs).exists()


def test_sessions_hold_no_personal_data_in_plain(client: Client) -> None:
    person = customer(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_signin WHERE network_address = %s", [b"192.0.2.1"])
        assert cursor.fetchone() == (0,)
    assert set(client.session.keys()) == {"sign_in"}
    assert str(person) not in str(dict(client.session.items()))


def test_a_session_is_gone_after_21_days() -> None:
    customer(Client())
    actions.sweep(by=TESTS, at=now() + timedelta(days=20, hours=23))
    assert SignIn.objects.exists()
    actions.sweep(by=TESTS, at=now() + timedelta(days=21))
    assert not SignIn.objects.exists()


def test_second_step_with_a_code(client: Client) -> None:
    person = customer()
    app = with_code_app(person)
    assert client.post("/en/login/", LOGIN).headers["Location"] == "/en/login/second-step/"
    assert client.get("/en/account/").status_code == 302, "the password alone lets nobody in"
    at = now()
    with clock.standing_at(at):
        assert client.post("/en/login/second-step/", {"code": "000000"}).status_code == 200
        code = app.at(at)
        assert client.post("/en/login/second-step/", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
        assert client.get("/en/account/").status_code == 200
        again = Client()
        again.post("/en/login/", LOGIN)
        assert again.post("/en/login/second-step/", {"code": code}).status_code == 200, "a code works once"
    assert SignIn.objects.get().strong


def test_second_step_runs_out(client: Client) -> None:
    app = with_code_app(customer())
    client.post("/en/login/", LOGIN)
    later = now() + timedelta(minutes=11)
    with clock.standing_at(later):
        response = client.post("/en/login/second-step/", {"code": app.at(later)})
    assert response.headers["Location"] == "/en/login/"


def test_recovery_codes_work_once(client: Client) -> None:
    person = customer()
    with_code_app(person)
    codes = actions.make_recovery_codes(person=person, by=TESTS, at=now())
    assert len(set(codes)) == 10
    client.post("/en/login/", LOGIN)
    assert (
        client.post("/en/login/second-step/", {"code": codes[3].upper().replace("-", " ")}).status_code == 302
    )
    assert client.get("/en/account/").status_code == 200
    assert queries.protection_of(person).recovery_codes == 9
    with pytest.raises(Refusal):
        actions.use_recovery_code(person=person, code=codes[3], by=TESTS, at=now())
    assert "recovery-code-used" in OutgoingLetter.objects.values_list("kind", flat=True)


def test_set_up_a_code_app_on_the_page(client: Client) -> None:
    person = customer(client)
    page = client.get("/en/account/security/code-app/").content.decode()
    assert "<svg" in page
    secret = str(Authenticator.objects.get(pk=person).secret.open())
    assert " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)) in page
    assert not queries.protection_of(person).code_app, "not in use before a first code"
    at = now()
    with clock.standing_at(at):
        response = client.post("/en/account/security/code-app/", {"code": pyotp.TOTP(secret).at(at)})
    assert response.headers["Location"] == "/en/account/security/recovery-codes/"
    page = client.post("/en/account/security/recovery-codes/").content.decode()
    assert len(re.findall(r"<li>[a-z0-9]{5}-[a-z0-9]{5}</li>", page)) == 10
    assert client.post("/en/account/security/code-app/remove/").status_code == 302
    assert not queries.protection_of(person).code_app


def test_passkey_signs_in_without_address(client: Client) -> None:
    person = customer(client)
    device = with_passkey(client)
    assert [key.label for key in queries.passkeys_of(person)] == ["My phone"]
    elsewhere = Client()
    page = elsewhere.get("/en/login/passkey/").content
    answer = {"answer": device.get(options_on(page)), "next": "/en/account/details/"}
    assert elsewhere.post("/en/login/passkey/", answer).headers["Location"] == "/en/account/details/"
    assert elsewhere.get("/en/account/").status_code == 200
    assert SignIn.objects.order_by("-made_at").first().strong  # type: ignore[union-attr] # it was just made
    replay = Client()
    replay.get("/en/login/passkey/")
    assert replay.post("/en/login/passkey/", answer).status_code == 200, (
        "an answer to another question is refused"
    )


def test_passkey_as_second_step(client: Client) -> None:
    customer(client)
    device = with_passkey(client)
    elsewhere = Client()
    elsewhere.post("/en/login/", LOGIN)
    page = elsewhere.get("/en/login/second-step/").content
    assert (
        elsewhere.post("/en/login/second-step/", {"answer": device.get(options_on(page))}).status_code == 302
    )
    assert elsewhere.get("/en/account/").status_code == 200


def test_somebody_elses_passkey_is_no_second_step(client: Client) -> None:
    customer(client)
    with_passkey(client)
    stranger = Client()
    customer(stranger, email="customer2@example.com")
    device = with_passkey(stranger)
    elsewhere = Client()
    elsewhere.post("/en/login/", LOGIN)
    page = elsewhere.get("/en/login/second-step/").content
    assert (
        elsewhere.post("/en/login/second-step/", {"answer": device.get(options_on(page))}).status_code == 200
    )
    assert elsewhere.get("/en/account/").status_code == 302


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '{"rawId": 1}', '{"rawId": "AA", "response": {}}', "x" * 30_000]
)
def test_broken_answers_are_refused(client: Client, answer: str) -> None:
    client.get("/en/login/passkey/")
    assert client.post("/en/login/passkey/", {"answer": answer}).status_code == 200


def test_a_passkey_of_another_site_is_refused(client: Client) -> None:
    customer(client)
    device = with_passkey(client)
    device.origin = "https://evil.example"
    elsewhere = Client()
    page = elsewhere.get("/en/login/passkey/").content
    assert elsewhere.post("/en/login/passkey/", {"answer": device.get(options_on(page))}).status_code == 200


def test_rename_and_remove_a_passkey(client: Client) -> None:
    person = customer(client)
    with_passkey(client)
    key = queries.passkeys_of(person)[0].id
    client.post(f"/en/account/security/passkeys/{key}/", {"label": "Old phone"})
    assert [shown.label for shown in queries.passkeys_of(person)] == ["Old phone"]
    other = Client()
    customer(other, email="customer2@example.com")
    assert other.post(f"/en/account/security/passkeys/{key}/remove/").status_code == 404
    client.post(f"/en/account/security/passkeys/{key}/remove/")
    assert not Passkey.objects.exists()


def test_step_up_is_asked_for_after_ten_minutes(client: Client) -> None:
    customer(client)
    assert client.get("/en/account/security/password/").status_code == 200
    with clock.standing_at(now() + timedelta(minutes=11)):
        response = client.get("/en/account/security/password/")
        assert (
            response.headers["Location"] == "/en/account/prove/?next=%2Fen%2Faccount%2Fsecurity%2Fpassword%2F"
        )
        assert (
            client.post("/en/account/security/password/", {"password": "some new passphrase"}).status_code
            == 302
        )
        assert client.post("/en/account/prove/", {"password": "wrong password"}).status_code == 200
        assert client.get("/en/account/security/password/").status_code == 302
        client.post("/en/account/prove/", {"password": PASSWORD})
        assert client.get("/en/account/security/password/").status_code == 200
    assert actions.enter_with_password(address=ADDRESS, password=PASSWORD, by=Actor.stranger(), at=now())


def test_change_the_password(client: Client) -> None:
    person = customer(client)
    sign_in(Client(), person)
    client.post("/en/account/security/password/", {"password": "some new passphrase"})
    assert SignIn.objects.count() == 1
    assert client.get("/en/account/").status_code == 200
    assert (
        actions.enter_with_password(address=ADDRESS, password=PASSWORD, by=Actor.stranger(), at=now()) is None
    )
    assert (
        actions.enter_with_password(
            address=ADDRESS, password="some new passphrase", by=Actor.stranger(), at=now()
        )
        == person
    )


@pytest.mark.promise("2.6")
def test_tries_are_limited_per_account_known_or_not() -> None:
    customer()
    answers = {}
    for address in (ADDRESS, "stranger1@example.org"):
        for number in range(11):
            client = Client(REMOTE_ADDR=f"192.0.2.{number + 10}")
            response = client.post("/en/login/", {"email": address, "password": "wrong password!"})
        answers[address] = (response.status_code, bool(response.headers["Retry-After"]))
    assert set(answers.values()) == {(429, True)}
    assert Client().post("/en/login/", LOGIN).status_code == 429, "the right password waits too"
    with clock.standing_at(now() + timedelta(minutes=10)):
        assert Client().post("/en/login/", LOGIN).status_code == 302


@pytest.mark.promise("2.6")
def test_one_address_typed_in_many_ways_is_one_account() -> None:
    customer()
    local, host = ADDRESS.split("@")
    for number in range(11):
        typed = f"{local}@{host[:number]}\N{SOFT HYPHEN}{host[number:]}" if number else ADDRESS
        client = Client(REMOTE_ADDR=f"192.0.2.{number + 10}")
        response = client.post("/en/login/", {"email": typed, "password": "wrong password!"})
    assert response.status_code == 429


@pytest.mark.promise("2.6")
def test_tries_are_limited_per_network_address() -> None:
    for number in range(31):
        client = Client(REMOTE_ADDR=f"2001:db8::{number:x}")
        response = client.post(
            "/en/login/", {"email": f"somebody{number}@example.com", "password": "wrong password!"}
        )
    assert response.status_code == 429, "a /64 counts as one"
    assert Client(REMOTE_ADDR="2001:db8:1::1").post("/en/login/", LOGIN).status_code == 200
    digests = {bytes(row) for row in TryCount.objects.values_list("digest", flat=True)}
    assert all(len(digest) == 32 and b"2001" not in digest for digest in digests)


def test_a_forwarded_address_is_believed_of_trusted_proxies_only() -> None:
    for number in range(31):
        client = Client(REMOTE_ADDR="192.0.2.99", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}")
        response = client.post(
            "/en/login/", {"email": f"somebody{number}@example.com", "password": "wrong password!"}
        )
    assert response.status_code == 429


def test_staff_see_nothing_without_a_second_proof(client: Client) -> None:
    staff_member(client, Role.ADMINISTRATOR, strong=False)
    for path in ("/en/staff/", "/en/staff/customers/"):
        assert client.get(path).headers["Location"] == "/en/account/security/"
    assert b"Set one up below" in client.get("/en/account/security/").content
    with_passkey(client)
    assert client.get("/en/staff/").status_code == 200


def test_staff_keep_a_second_proof(client: Client) -> None:
    person = staff_member(client, strong=False)
    with_passkey(client)
    key = queries.passkeys_of(person)[0].id
    client.post(f"/en/account/security/passkeys/{key}/remove/")
    assert queries.protection_of(person).passkeys == 1


def test_the_link_for_new_staff_works_once(client: Client) -> None:
    person, token = actions.add_staff(
        email="staff1@example.com", roles=frozenset({Role.SUPPORT}), language="nb", by=TESTS, at=now()
    )
    assert client.get(f"/nb/entry/{token}/").status_code == 200
    assert client.post(f"/nb/entry/{token}/").status_code == 302
    assert queries.session(UUID(client.session["sign_in"])).person == person  # type: ignore[union-attr] # it exists
    assert Client().post(f"/nb/entry/{token}/").status_code == 410


def test_a_closed_account_is_out_at_once(client: Client) -> None:
    person = customer(client)
    actions.close_account(person=person, by=Actor.system("tests"), at=now())
    assert client.get("/en/account/").status_code == 302
    assert client.post("/en/login/", LOGIN).status_code == 200


def test_nobody_enters_an_account_that_is_being_deleted(client: Client) -> None:
    person = customer(client, email=ADDRESS)
    at = now()
    request = open_request(
        subject=person, kind=RequestKind.DELETE, channel=Channel.ACCOUNT, by=Actor.customer(person), at=at
    )
    begin(subject=person, request=request.pk, by=Actor.customer(person), at=at)
    assert Client().post("/en/login/", LOGIN).status_code == 409
