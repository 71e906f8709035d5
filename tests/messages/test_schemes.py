"""Carriers' signatures, by values that the carriers publish or that were made by their description alone."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from ringfence.adapters.carriers.plain import PlainCarrier
from ringfence.adapters.carriers.reading import moment
from ringfence.adapters.carriers.telnyx import TelnyxCarrier
from ringfence.adapters.carriers.twilio import TwilioCarrier, signature
from ringfence.config import parsing_messages
from ringfence.telephony.message_ports import Arrived, Brought, NotProvenError, UnreadableError

AT = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
CALLED = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
VALUE = b'{"property": "value", "boolean": true}'
VALUE_DIGEST = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"

# RFC 8032, 7.1, test 3: its key signs any message; that of Telnyx is the moment, a bar and the body.
SIGNED_BY_OPENSSL = "C/l4Q2yXvZ4ciBuofc0Rv/WhBnlNBFd4ARY9KK1LM2T4uDFbV7sJu791pFIphZTHPx5QVA/pnxHCzRaBOEHQAw=="
RFC_PUBLIC = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")


def proven(
    carrier: TwilioCarrier | TelnyxCarrier | PlainCarrier, brought: Brought, at: datetime = AT
) -> bool:
    try:
        carrier.prove(brought, at=at)
    except NotProvenError:
        return False
    return True


def by_twilio(url: str, signature: str, body: bytes = CALLED, kind: dict[str, str] = FORM) -> Brought:
    return Brought(url, "", {**kind, "X-Twilio-Signature": signature}, body)


@pytest.mark.parametrize(
    ("url", "signature", "is_right"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", True),
        (URL.replace(".com/", ".com:443/"), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", True),
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B9=", False),
        (URL.replace("foo=1", "foo=2"), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", False),
        (URL.replace("https", "http"), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", False),
        (URL, "", False),
        (URL, "\xe5", False),
    ],
)
def test_twilios_published_signature_of_a_form(url: str, signature: str, is_right: object) -> None:
    assert proven(TwilioCarrier("12345"), by_twilio(url, signature)) is is_right


def test_a_field_more_or_another_value_is_not_what_twilio_signed() -> None:
    carrier = TwilioCarrier("12345")
    for body in (
        CALLED + b"&More=1",
        CALLED.replace(b"Digits=1234", b"Digits=1235"),
        b"",
        CALLED[:-1],
        b"\xff=\xff",
    ):
        assert not proven(carrier, by_twilio(URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", body))


def test_twilios_published_signature_of_a_body() -> None:
    assert hashlib.sha256(VALUE).hexdigest() == VALUE_DIGEST
    carrier, url = TwilioCarrier("12345"), f"{URL}&bodySHA256={VALUE_DIGEST}"
    right = "a9nBmqA0ju/hNViExpshrM61xv4="
    assert proven(carrier, by_twilio(url, right, VALUE, JSON))
    assert not proven(carrier, by_twilio(url, right, VALUE + b" ", JSON))
    assert not proven(carrier, by_twilio(URL, right, VALUE, JSON)), (
        "JSON without its digest is not signed at all"
    )


def test_what_is_read_of_twilios_form() -> None:
    more = "To=%2B14155550100&Body=a+b%0Ac%20+&NumMedia=2&FromCity=X&AccountSid=AC1"
    body = f"MessageSid={SID}&From=%2B15005550006&{more}".encode()
    read = TwilioCarrier("t").read(Brought(URL, "", FORM, body))
    assert read == Arrived(SID, "+14155550100", "+15005550006", "a b\nc  ", media=2)
    assert TwilioCarrier("t").read(Brought(URL, "", FORM, body + b"&SmsStatus=delivered")) is None
    with pytest.raises(UnreadableError):
        TwilioCarrier("t").read(Brought(URL, "", FORM, b"From=1"))


SID = "SM" + "0123456789abcdef" * 2


def test_what_twilio_signed_is_one_message_however_its_letters_are_moved_about() -> None:
    """Names and values are signed without a seam between them, so that an overheard message could come as another."""
    seen = [
        ("Body", "hi"),
        ("From", "+15005550006"),
        ("MessageSid", SID),
        ("NumMedia", "0"),
        ("To", "+14155550100"),
    ]
    moved = [
        *seen[:2],
        ("MessageSid", f"{SID}N"),
        ("umMedia", "0"),
        seen[4],
    ]
    short = [*seen[:2], ("MessageSid", SID[:-1]), (f"{SID[-1]}NumMedia", "0"), seen[4]]
    hidden = [*seen[:2], ("MessageSi", f"d{SID}"), ("NumMedia", "0"), ("SmsSid", "SM1"), seen[4]]
    carrier, right = TwilioCarrier("t"), signature("t", URL, seen)
    assert carrier.read(by_twilio(URL, right, urlencode(seen).encode()))
    for fields in (moved, short):
        brought = by_twilio(URL, signature("t", URL, fields), urlencode(fields).encode())
        assert "".join(map("".join, fields)) == "".join(map("".join, seen)), "what is signed is the same"
        assert proven(carrier, brought)
    for fields in (moved, short, hidden):
        with pytest.raises(UnreadableError):
            carrier.read(by_twilio(URL, right, urlencode(fields).encode()))


def by_telnyx(seconds: str, body: bytes, signature: str) -> Brought:
    headers = {**JSON, "Telnyx-Signature-Ed25519": signature, "Telnyx-Timestamp": seconds}
    return Brought("https://anything.example/", "", headers, body)


def test_telnyx_signs_moment_bar_body() -> None:
    """The signature was made with OpenSSL's command line over these very bytes, by the key of RFC 8032's test 3."""
    seconds, body = "1790000000", b'{"data":{"event_type":"message.received"}}'
    signature = SIGNED_BY_OPENSSL
    carrier, at = TelnyxCarrier(RFC_PUBLIC), datetime.fromtimestamp(1790000000, UTC)
    assert proven(carrier, by_telnyx(seconds, body, signature), at)
    for late in (timedelta(minutes=4, seconds=59), -timedelta(minutes=4, seconds=59)):
        assert proven(carrier, by_telnyx(seconds, body, signature), at + late)
    for late in (timedelta(minutes=6), -timedelta(minutes=6)):
        assert not proven(carrier, by_telnyx(seconds, body, signature), at + late)
    assert not proven(carrier, by_telnyx("1790000001", body, signature), at)
    assert not proven(carrier, by_telnyx(seconds, body + b" ", signature), at)
    for wrong in ("", "not base64", base64.b64encode(bytes(64)).decode()):
        assert not proven(carrier, by_telnyx(seconds, body, wrong), at)


@pytest.mark.parametrize(
    ("address", "secret", "is_right"),
    [
        ("192.0.2.9", "the secret", True),
        ("2001:db8::5", "the secret", True),
        ("192.0.3.9", "the secret", False),
        ("192.0.2.9", "the secre", False),
        ("192.0.2.9", "", False),
        ("", "the secret", False),
    ],
)
def test_a_carrier_that_signs_nothing_needs_network_and_secret(
    address: str, secret: str, is_right: object
) -> None:
    carrier = PlainCarrier(("192.0.2.0/24", "2001:db8::/32"), "the secret", {})
    assert proven(carrier, Brought("", address, {"X-Webhook-Secret": secret}, b"")) is is_right


def test_a_plain_carriers_words_are_a_setting() -> None:
    words = dict(parsing_messages.fields("id=a.id, from=a.b.0.src, to=dst, text=t, sent=ts"))
    body = (
        b'{"a": {"id": 7, "b": [{"src": "Bank"}]}, "dst": "47210001", "t": "Hei", "ts": 1790000000, "x": 1}'
    )
    read = PlainCarrier((), "", words).read(Brought("", "", JSON, body))
    sent_at = datetime.fromtimestamp(1790000000, UTC)
    assert read == Arrived("7", "47210001", "Bank", "Hei", sent_at=sent_at)
    words = dict(parsing_messages.fields("id=i,from=f,to=t,text=m,reference=r,part=p,parts=n"))
    read = PlainCarrier((), "", words).read(Brought("", "", FORM, b"i=1&f=2&t=3&m=4&r=9&p=2&n=3"))
    assert read == Arrived("1", "3", "2", "4", reference="9", part=2, parts=3)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"id": 1}', b"\xff\xfe", b"[" * 90_000, b'{"id":"1","to":"2","sent":"x"}']
)
def test_what_cannot_be_read_is_no_message(body: bytes) -> None:
    words = dict(parsing_messages.fields("id=id,from=from,to=to,text=text,sent=sent"))
    with pytest.raises(UnreadableError):
        PlainCarrier((), "", words).read(Brought("", "", JSON, body))


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-21T14:13:20+00:00",
        "2026-09-21T16:13:20+02:00",
        "2026-09-21T14:13:20Z",
        "1790000000",
        "1790000000000",
    ],
)
def test_moments_of_carriers(text: str) -> None:
    assert moment(text) == datetime.fromtimestamp(1790000000, UTC)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "id=a",
        "id=a,from=b,to=c,text=d,part=e",
        "id=a,id=b,from=b,to=c,text=d",
        "x=y",
        "id=ø,from=b,to=c,text=d",
    ],
)
def test_words_that_cannot_be_right_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"expected|belong"):
        parsing_messages.fields(given)
