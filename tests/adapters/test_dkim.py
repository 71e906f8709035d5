"""Letters are signed as other servers check it (RFC 6376, RFC 8463) where a key is set; a bad key holds them back."""

import base64
import hashlib
import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from pytest_django import Settings

from ringfence.accounts.ports import LetterToSend, PostUnavailable
from ringfence.adapters.mail import dkim
from ringfence.adapters.mail.smtp import SmtpMail
from ringfence.config import examination
from tests.accounts.builders import now

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
FACTS = {"title": "Nytt å lese", "paragraphs": ["Én  linje \t og\nen til. "], "token": "x" * 43, "notice": ""}
NEWS = LetterToSend(uuid4(), "notice-news", "one@example.com", "nb", "", FACTS, now())


def keep(key: Key, settings: Settings, folder: Path) -> None:
    """Let letters be signed with a key."""
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / f"{uuid4()}.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, dkim_key_file=path, dkim_selector="store")


@pytest.fixture(params=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Key:
    """A key of each kind."""
    made: Key = ed25519.Ed25519PrivateKey.generate()
    if request.param == "rsa":
        made = rsa.generate_private_key(65537, 2048)
    keep(made, settings, tmp_path)
    return made


def holds(whole: bytes, key: Key) -> bool:
    """Check a signature step by step, as RFC 6376, section 6.1.3, has it."""
    head, _empty, body = whole.partition(b"\r\n\r\n")
    unfolded = re.sub(rb"\r\n([ \t])", rb"\1", head).split(b"\r\n")
    fields = [line.split(b":", 1) for line in unfolded]
    squeezed = [(name.strip().lower(), re.sub(rb"[ \t]+", b" ", text).strip()) for name, text in fields]
    signature = dict(squeezed)[b"dkim-signature"]
    tags = dict(part.strip().split(b"=", 1) for part in signature.rstrip(b"; ").split(b";"))
    kept = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    text = b"\r\n".join(kept).rstrip(b"\r\n") + b"\r\n"
    if base64.b64decode(tags[b"bh"]) != hashlib.sha256(text).digest():
        return False
    left = list(squeezed)
    said = b""
    for name in tags[b"h"].replace(b" ", b"").split(b":"):
        places = [place for place, (known, _value) in enumerate(left) if known == name]
        if places:
            known, value = left.pop(places[-1])
            said += known + b":" + value + b"\r\n"
    said += b"dkim-signature:" + re.sub(rb"b=[A-Za-z0-9+/= ]+$", b"b=", signature)
    given = base64.b64decode(tags[b"b"].replace(b" ", b""))
    try:
        if isinstance(key, rsa.RSAPrivateKey):
            key.public_key().verify(given, said, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.public_key().verify(given, hashlib.sha256(said).digest())
    except InvalidSignature:
        return False
    return True


def test_a_signature_holds_and_a_changed_letter_breaks_it(key: Key) -> None:
    whole = SmtpMail().signed(NEWS)
    assert holds(whole, key)
    assert holds(whole.replace(b"Subject: ", b"Subject:   "), key), "spaces are nobody's change"
    for before, after in (
        (b"n=C3=A5r", b"naar"),
        (b"List-Unsubscribe: <", b"List-Unsubscribe: <x"),
        (b"To: one@", b"To: two@"),
    ):
        changed = whole.replace(before, after)
        assert changed == whole or not holds(changed, key)
    assert not holds(whole.replace(b"En-Click", b"x").replace(b"One-Click", b"Two-Click"), key)
    assert not holds(b"From: other@example.net\r\n" + whole, key), "a second sender breaks it"


def test_what_ends_news_is_signed(key: Key) -> None:
    signature = SmtpMail().signed(NEWS).partition(b"\r\nFrom:")[0]
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"from", b"subject"} <= set(
        re.split(rb"[:;=\s]", signature)
    )


def test_without_a_key_nothing_is_signed(settings: Settings) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, dkim_key_file=None)
    assert b"DKIM-Signature" not in SmtpMail().signed(NEWS)
    assert examination.CHECKS["letters are signed"]() == ""


@pytest.mark.parametrize("content", [b"", b"no key", "short", "curve"])
def test_a_key_that_cannot_be_used_holds_letters_back_and_is_told(
    content: bytes | str, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "key.pem"
    form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    if content == "short":
        content = rsa.generate_private_key(65537, 1024).private_bytes(serialization.Encoding.PEM, *form)
    if content == "curve":
        content = ec.generate_private_key(ec.SECP256R1()).private_bytes(serialization.Encoding.PEM, *form)
    assert isinstance(content, bytes)
    path.write_bytes(content)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, dkim_key_file=path)
    with pytest.raises(PostUnavailable):
        SmtpMail().send(NEWS)
    assert "letters are signed with" in examination.CHECKS["letters are signed"]()


def test_the_record_to_publish_names_the_key(key: Key) -> None:
    signer = dkim.signer()
    assert signer is not None
    assert re.fullmatch(r"v=DKIM1; k=(rsa|ed25519); p=[A-Za-z0-9+/=]+", signer.record)
