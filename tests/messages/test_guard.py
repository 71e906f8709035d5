"""What is sent on reaches customers' own servers and no machine inside the house."""

import datetime as dt
import ssl
import threading
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from ringfence.adapters.message_forwarder import GuardedForwarder
from ringfence.kernel.refusal import Refusal
from ringfence.telephony.message_ports import Trouble
from ringfence.telephony.message_signing import is_public, read_url
from tests.messages.receiver import dripping, receiving


@pytest.fixture
def own_machine(settings: Settings) -> None:
    """A developer's machine, where everything is on one."""
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_origin="http://localhost:8000")


INSIDE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:0:a00:1::",
    "fec0::1",
    "::127.0.0.1",
    "nonsense",
]


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_public_internet_are_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "scheme"),
        ("ftp://example.com/", "scheme"),
        ("example.com", "scheme"),
        ("https://exa mple.com/", "scheme"),
        ("https://ex\u00e4mple.com/", "scheme"),
        ("https://user:secret@example.com/", "parts"),
        ("https://example.com/#part", "parts"),
        ("https://example.com/" + "x" * 500, "parts"),
        ("https://localhost/", "internal"),
        ("https://127.0.0.1/", "internal"),
        ("https://127.1/", "internal"),
        ("https://2130706433/", "internal"),
        ("https://0x7f000001/", "internal"),
        ("https://[::1]/", "internal"),
        ("https://169.254.169.254/latest/", "internal"),
        ("https://printer.local/", "internal"),
        ("https://db.internal/", "internal"),
        ("https://intranet/", "internal"),
        ("https:///", "internal"),
        ("https://example.com:22/", "port"),
        ("https://example.com:99999/", "scheme"),
    ],
)
def test_what_cannot_be_a_customers_server_is_refused_when_it_is_given(url: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_url(url, own_machine=False)
    assert refused.value.code == f"forwarding.{code}"


@pytest.mark.parametrize(
    "url", ["https://example.com", " https://a-b.example.com:8443/x?y=1 ", "https://8.8.8.8/"]
)
def test_what_can_be_one_is_taken(url: str) -> None:
    assert read_url(url, own_machine=False) == url.strip()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "0.0.0.0", "10.0.0.1"]
)
def test_nothing_is_sent_to_a_machine_inside_whatever_its_name(host: str) -> None:
    """A name that led outside when it was given may lead inside later: it is looked at again at each sending."""
    with receiving() as receiver:
        reply = GuardedForwarder().send(f"https://{host}:{receiver.port}/", {}, b"{}")
    assert reply.trouble is Trouble.ADDRESS
    assert not receiver.came


def test_plain_http_goes_nowhere_but_to_the_developers_own_machine(own_machine: None) -> None:
    with receiving() as receiver:
        assert GuardedForwarder().send(f"http://127.0.0.1:{receiver.port}/a?b=c", {}, b"{}").trouble is None
        assert GuardedForwarder().send(f"http://127.0.0.1:{receiver.port}?d=e", {}, b"{}").trouble is None
        assert GuardedForwarder().send("http://8.8.8.8/", {}, b"{}").trouble is Trouble.ADDRESS
    assert [one.path for one in receiver.came] == ["/a?b=c", "/?d=e"]


def test_redirects_are_not_followed(own_machine: None) -> None:
    with receiving() as receiver:
        receiver.status, receiver.location = 302, f"http://127.0.0.1:{receiver.port}/inside"
        reply = GuardedForwarder().send(f"http://localhost:{receiver.port}/", {}, b"{}")
    assert (reply.trouble, reply.status, len(receiver.came)) == (Trouble.STATUS, 302, 1)


def test_a_server_that_never_ends_its_answer_is_left(own_machine: None) -> None:
    began = time.monotonic()
    with dripping() as port:
        reply = GuardedForwarder(all_takes=0.5).send(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert reply.trouble is Trouble.SLOW
    assert time.monotonic() - began < 2


def test_a_name_that_is_not_told_in_time_is_left(own_machine: None) -> None:
    began, ended = time.monotonic(), threading.Event()
    slow = GuardedForwarder(all_takes=0.3, look_up=lambda _host, _port, _found: (ended.wait(5), None)[1])
    try:
        assert slow.send("https://numbers.example/", {}, b"{}").trouble is Trouble.SLOW
    finally:
        ended.set()
    assert time.monotonic() - began < 2


def test_nobody_at_home(own_machine: None) -> None:
    with receiving() as receiver:
        port = receiver.port
    assert GuardedForwarder().send(f"http://127.0.0.1:{port}/", {}, b"{}").trouble is Trouble.CONNECTION


def certificate_for(name: str, folder: Path) -> Path:
    """Make a certificate that proves itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    alternative = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    at = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(at - dt.timedelta(hours=1))
        .not_valid_after(at + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(
    ("name", "trouble"), [("localhost", None), ("elsewhere.example", Trouble.CERTIFICATE)]
)
def test_the_certificate_must_bear_the_name(
    own_machine: None, tmp_path: Path, name: str, trouble: Trouble | None
) -> None:
    path = certificate_for(name, tmp_path)
    trusting = ssl.create_default_context(cafile=str(path))
    with receiving(path) as receiver:
        reply = GuardedForwarder(trusting).send(f"https://localhost:{receiver.port}/", {}, b"{}")
        assert reply.trouble is trouble
        untrusted = GuardedForwarder().send(f"https://localhost:{receiver.port}/", {}, b"{}")
        assert untrusted.trouble is Trouble.CERTIFICATE
    assert len(receiver.came) == (trouble is None)
