"""Certificates of a node: its own, when it makes another, and when it leaves the one before in place."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ringfence.adapters.switch import certificates

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_its_own_lasts_until_it_is_near_its_end_or_of_another_name(tmp_path: Path) -> None:
    certificate, key = certificates.own(tmp_path / "own", "sip.example.com", AT)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    first = certificate.read_bytes()
    ends = certificates.ends_at(certificate)
    assert ends == AT + certificates.OWN_LASTS
    late = ends - certificates.OWN_RENEWED - timedelta(hours=1)
    assert certificates.own(tmp_path / "own", "sip.example.com", late)[0].read_bytes() == first
    certificates.own(tmp_path / "own", "sip.example.com", late + timedelta(hours=2))
    assert certificate.read_bytes() != first
    second = certificate.read_bytes()
    certificates.own(tmp_path / "own", "phones.example.com", AT)
    assert certificate.read_bytes() != second


@pytest.mark.parametrize(("name", "kind"), [("127.0.0.1", x509.IPAddress), ("[::1]", x509.IPAddress)])
def test_it_may_be_of_an_address(tmp_path: Path, name: str, kind: type[x509.GeneralName]) -> None:
    certificate, key = certificates.own(tmp_path, name, AT)
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [type(one) for one in names] == [kind]
    certificates.check_pair(certificate, key)


def test_what_does_not_fit_together_changes_nothing(tmp_path: Path) -> None:
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    certificate, key = certificates.own(tmp_path / "own", "sip.example.com", AT)
    tls = certificates.Tls(5061, "sip.example.com", tmp_path / "own", certificate, key)
    assert certificates.install(tls, run_dir, AT)
    assert not certificates.install(tls, run_dir, AT)
    before = (run_dir / certificates.CERTIFICATE).read_bytes()
    key.write_bytes(certificates.self_signed("sip.example.com", AT)[1])
    with pytest.raises(ValueError, match="not a certificate and its key"):
        certificates.install(tls, run_dir, AT)
    key.unlink()
    with pytest.raises(FileNotFoundError):
        certificates.install(tls, run_dir, AT)
    assert (run_dir / certificates.CERTIFICATE).read_bytes() == before
    for path in run_dir.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
