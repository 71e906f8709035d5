"""The words that no answer of the store may hold: what it is made of, and with what it seals (clause 2.7).

The source is open; which keys, key store and settings an installation uses is not, and no answer helps anybody to
find the fitting attack.
"""

import re
from collections.abc import Mapping
from typing import Final

SOFTWARE: Final = (
    *("django", "granian", "python", "cpython", "postgres", "psycopg", "pgserver", "procrastinate"),
    *("whitenoise", "kamailio", "openser", "aiosmtpd", "asgi", "wsgi", "hyper", "rust", "tokio", "sqlite"),
    *("structlog", "pyotp", "segno", "phonenumbers", "openbao", "debian", "linux", "openssl", "cryptography"),
)
ENCRYPTION: Final = (
    *("aes", "gcm", "ed25519", "x25519", "curve25519", "chacha", "argon2", "argon2id", "scrypt", "bcrypt"),
    *(
        "pbkdf2",
        "hkdf",
        "hmac",
        "sha-?1",
        "sha-?256",
        "sha-?512",
        "md5",
        "rsa",
        "ecdsa",
        "nonce",
        "key epoch",
    ),
)
NONE: Final = "(?!)"
SERVER: Final = "web"
"""All that the header Server may say: one cannot leave it out, but one need not say more."""
TELLTALE: Final = frozenset({"x-powered-by", "via", "x-runtime", "x-aspnet-version", "x-generator"})


def named(headers: Mapping[str, str], body: str) -> list[str]:
    """Return what an answer names of what is behind it: headers that tell, and words in headers and body."""
    found = [name for name in headers if name.lower() in TELLTALE]
    found += [value for name, value in headers.items() if name.lower() == "server" and value != SERVER]
    said = "\n".join(f"{name}: {value}" for name, value in headers.items()) + "\n" + body
    return found + sorted({match[0] for match in _names_in(said.lower()).finditer(said)})


def _names_in(lowered: str) -> re.Pattern[str]:
    """Return what finds those of the words whose letters are there at all: most pages have none, and are long."""
    there = [word for word in SOFTWARE + ENCRYPTION if word.partition("-?")[0] in lowered]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(there) or NONE})(?![\w])", re.IGNORECASE)
