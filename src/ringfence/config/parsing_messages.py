"""How the settings of carriers' messages are read, as in `parsing`."""

import base64
import binascii
import re

KEY_BYTES = 32
NEEDED = frozenset({"id", "from", "to", "text"})
KNOWN = NEEDED | {"sent", "reference", "part", "parts"}


def ed25519_public_key(given: str) -> bytes:
    """An Ed25519 public key in base64."""
    try:
        key = base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("the 32 bytes of an Ed25519 public key are expected, in base64")
    return key


def fields(given: str) -> tuple[tuple[str, str], ...]:
    """What a carrier calls the parts of a message, as id=messageId,from=sender,to=recipient,text=body."""
    found: dict[str, str] = {}
    for pair in given.split(","):
        ours, _equals, theirs = (part.strip() for part in pair.partition("="))
        if ours not in KNOWN or ours in found or not re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", theirs):
            raise ValueError(f"pairs such as text=body are expected, with {', '.join(sorted(KNOWN))}")
        found[ours] = theirs
    if not found.keys() >= NEEDED:
        raise ValueError(f"at least {', '.join(sorted(NEEDED))} are expected")
    if ("part" in found or "parts" in found) and not found.keys() >= {"reference", "part", "parts"}:
        raise ValueError("reference, part and parts belong together")
    return tuple(found.items())
