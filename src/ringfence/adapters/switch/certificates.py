"""The certificate of a node: the operator's, or one the node has made for itself, kept where the node reads it.

The node reads a copy in its own directory. A certificate that was renewed replaces the copy only when it and its key
fit together, so that a renewal caught half-way harms nothing.
"""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY, PROFILES = "tls-certificate.pem", "tls-key.pem", "tls.cfg"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
OWN_LASTS = timedelta(days=397)
OWN_RENEWED = timedelta(days=30)
"""How long a certificate of its own lasts, and how long before its end the node makes another."""
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
USAGES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]

TEMPLATE = """# Written when the node starts and when a certificate is renewed; changes are lost.
[server:default]
tls_method = TLSv1.2+
certificate = {run_dir}/{certificate}
private_key = {run_dir}/{key}
cipher_list = {ciphers}
verify_client = {verify_client}
{authorities}
[client:default]
tls_method = TLSv1.2+
cipher_list = {ciphers}
verify_certificate = yes
require_certificate = yes
{authorities}
"""


@dataclass(frozen=True)
class Tls:
    """How a node speaks TLS.

    `certificate` and `key` are PEM files; without them the node makes its own in `own_dir`. `name` is what peers call
    the node. `trunk_names` are names of which a carrier's certificate must carry one; without, none is asked for.
    `authorities` is a PEM file of those who are believed about names: with `trunk_names` the system's, else nobody, and
    then the node opens no connection over TLS itself.
    """

    port: int
    name: str
    own_dir: Path
    certificate: Path | None = None
    key: Path | None = None
    trunk_names: tuple[str, ...] = ()
    authorities: Path | None = None


def install(tls: Tls, run_dir: Path, at: datetime) -> bool:
    """Bring the node's copy up to date; return whether it changed. Raises OSError or ValueError, changing nothing."""
    if tls.certificate and tls.key:
        source, source_key = tls.certificate, tls.key
    else:
        source, source_key = own(tls.own_dir, tls.name, at)
    chain, key = source.read_bytes(), source_key.read_bytes()
    if (run_dir / CERTIFICATE).exists() and (run_dir / KEY).exists():
        same = (run_dir / CERTIFICATE).read_bytes() == chain and (run_dir / KEY).read_bytes() == key
        if same:
            write_private(run_dir / PROFILES, _profiles(tls, run_dir).encode())
            return False
    check_pair(source, source_key)
    write_private(run_dir / KEY, key)
    write_private(run_dir / CERTIFICATE, chain)
    write_private(run_dir / PROFILES, _profiles(tls, run_dir).encode())
    return True


def check_pair(certificate: Path, key: Path) -> None:
    """Raise ValueError unless the two files are a certificate and its key."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        message = f"{certificate} and {key} are not a certificate and its key."
        raise ValueError(message) from error


def ends_at(certificate: Path) -> datetime:
    """Return when a certificate ends. Raises OSError or ValueError."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def own(directory: Path, name: str, at: datetime) -> tuple[Path, Path]:
    """Return the node's own certificate and key, made when there are none, of another name, or near their end."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    if not (certificate.exists() and key.exists() and _serves(certificate, name, at)):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, made_key = self_signed(name, at)
        write_private(key, made_key)
        write_private(certificate, made)
    return certificate, key


def self_signed(name: str, at: datetime) -> tuple[bytes, bytes]:
    """Return a self-signed certificate for a host name or address, and its key, both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + OWN_LASTS)
        .add_extension(x509.SubjectAlternativeName(_names(name)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(USAGES), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _names(name: str) -> list[x509.GeneralName]:
    try:
        return [x509.IPAddress(ipaddress.ip_address(name.strip("[]")))]
    except ValueError:
        return [x509.DNSName(name)]


def _serves(certificate: Path, name: str, at: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return list(names) == _names(name) and found.not_valid_after_utc - OWN_RENEWED > at.astimezone(UTC)


def _authorities(tls: Tls) -> str:
    """Whom the node believes about peers' names; read by each of its processes, so only where a peer is asked."""
    if tls.authorities:
        return f"ca_list = {tls.authorities}"
    return f"ca_list = {AUTHORITIES}" if tls.trunk_names and AUTHORITIES.exists() else ""


def _profiles(tls: Tls, run_dir: Path) -> str:
    return TEMPLATE.format(
        run_dir=run_dir,
        certificate=CERTIFICATE,
        key=KEY,
        ciphers=CIPHERS,
        verify_client="optional_no_ca" if tls.trunk_names else "off",
        authorities=_authorities(tls),
    )
