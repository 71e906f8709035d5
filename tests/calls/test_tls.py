"""The node's certificate: made by itself, renewed while it runs, and what happens without."""

import dataclasses
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from ringfence.adapters.switch import certificates, installed
from ringfence.adapters.switch.kamailio import KamailioSwitch, SipNode, prepare
from ringfence.config.following import renew_certificate
from ringfence.telephony.ports import SwitchUnavailable
from ringfence.telephony.starting_point import PHONES
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import Caller, Phone
from tests.calls.tls_peers import TlsLink, account_of, certificate_of, desk_phone

NAME = "k7w3m9x2qdzp"


def shown(edge: Edge) -> x509.Certificate:
    """The certificate that a new connection is shown."""
    link = TlsLink(edge.tls_address, "127.0.0.5")
    try:
        return x509.load_der_x509_certificate(link.certificate)
    finally:
        link.close()


def test_a_node_makes_a_certificate_of_its_own_and_keeps_it(edge: Edge) -> None:
    first = shown(edge)
    names = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    edge.stop()
    edge.start()
    assert shown(edge) == first


def test_a_renewed_certificate_is_taken_up_while_phones_stay_connected(edge: Edge, tmp_path: Path) -> None:
    certificate, key = certificate_of("localhost", tmp_path)
    assert edge.node.tls
    tls = dataclasses.replace(edge.node.tls, certificate=certificate, key=key)
    edge.stop()
    edge.node = dataclasses.replace(edge.node, tls=tls)
    edge.switch = KamailioSwitch(edge.node)
    edge.start()
    edge.switch.publish_phones([account_of(NAME)])
    with desk_phone(edge, NAME) as phone:
        assert phone.register().status == 200
        before = shown(edge)
        assert not edge.switch.renew_certificate()
        renewed, its_key = certificate_of("localhost", tmp_path / "renewed")
        certificate.write_bytes(renewed.read_bytes())
        # Caught half-way: the certificate is new, and its key is not there yet.
        with pytest.raises(SwitchUnavailable, match="not a certificate and its key"):
            edge.switch.renew_certificate()
        renew_certificate(edge.switch)
        assert shown(edge) == before
        key.write_bytes(its_key.read_bytes())
        renew_certificate(edge.switch)
        assert shown(edge) == x509.load_pem_x509_certificate(renewed.read_bytes())
        assert not edge.switch.renew_certificate()
        assert phone.register().status == 200


def test_a_node_that_cannot_be_told_is_told_the_next_time(edge: Edge, tmp_path: Path) -> None:
    certificate, key = certificate_of("localhost", tmp_path)
    assert edge.node.tls
    tls = dataclasses.replace(edge.node.tls, certificate=certificate, key=key)
    switch = KamailioSwitch(dataclasses.replace(edge.node, tls=tls))
    edge.kill()
    with pytest.raises(SwitchUnavailable):
        switch.renew_certificate()
    edge.start()
    assert switch.renew_certificate()


def test_a_node_that_refuses_a_certificate_is_told_again_and_stops_nobody(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge.stop()
    monkeypatch.setattr(installed, "has_tls", lambda: False)
    edge.start()
    (edge.node.run_dir / certificates.PROFILES).touch()
    news = edge.node.run_dir / "tls.news"
    news.touch()
    renew_certificate(edge.switch)
    assert news.exists()


@pytest.mark.parametrize("lacking", ["module", "certificate"])
def test_without_tls_calls_go_on_and_the_node_says_so(
    edge: Edge,
    phone: Phone,
    carrier: Caller,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    lacking: str,
) -> None:
    edge.stop()
    assert edge.node.tls
    if lacking == "module":
        monkeypatch.setattr(installed, "has_tls", lambda: False)
    else:
        gone = edge.node.run_dir / "gone.pem"
        (edge.node.run_dir / certificates.PROFILES).unlink()
        tls = dataclasses.replace(edge.node.tls, certificate=gone, key=gone)
        edge.node = dataclasses.replace(edge.node, tls=tls)
    edge.start()
    said = capfd.readouterr().err
    assert "starts without TLS, so phones cannot register" in said
    assert ("kamailio-tls-modules" if lacking == "module" else "gone.pem") in said
    with pytest.raises(OSError, match="refused"):
        TlsLink(edge.tls_address, "127.0.0.5")
    edge.rings(phone)
    assert carrier.call(NUMBER).status == 200
    # It is told of phones in vain, which is no fault.
    edge.switch.publish_phones([account_of(NAME)])
    assert edge.switch.registered([NAME]) == frozenset()
    assert edge.switch.compare(PHONES).differences == 0
    edge.switch.withdraw_phones([NAME])


@pytest.mark.parametrize("names", [(), ("sip.carrier.example", "sip-2.carrier.example")])
def test_the_configuration_with_tls_is_accepted(tmp_path: Path, names: tuple[str, ...]) -> None:
    tls = certificates.Tls(25163, "sip.example.com", tmp_path / "own", trunk_names=names)
    node = SipNode(tmp_path / "r", tmp_path / "s", 25162, advertised="203.0.113.7:5060", tls=tls)
    command = [word for word in prepare(node) if word not in {"-DD", "-E"}]
    result = subprocess.run([*command, "-c"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "ERROR" not in result.stderr
    assert "WARNING" not in result.stderr
    assert "listen=tls:127.0.0.1:25163 advertise 203.0.113.7:25163" in (node.run_dir / "node.cfg").read_text()
