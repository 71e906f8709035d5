"""What our own receiving server found of a letter's sender (RFC 8601): facts for staff, never proof of an identity.

Only the header of the server is read that a setting names, and only where that server writes it: before the letter has
come through a second server. Of each method its first word counts, since a server writes above what was there.
"""

import re
from collections.abc import Iterable, Mapping
from email.message import Message
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.support import mime

METHODS: Final = ("spf", "dkim", "dmarc")
RESULTS: Final = frozenset(
    {"pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror"}
)
_ID: Final = re.compile(r"\s*(?P<id>[^\s;]+)(?:\s+\d+)?\s*(?:;|$)")
_COMMENT: Final = re.compile(r"\([^()]*\)")
_RESULT: Final = re.compile(r"(?:^|;)\s*(?P<method>[a-z]+)(?:/\d+)?\s*=\s*(?P<result>[a-z]+)", re.IGNORECASE)

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "spf": {
        "pass": gettext_noop("The server it came from may send for that address."),
        "fail": gettext_noop("The server it came from may not send for that address."),
        "": gettext_noop("Whether the server it came from may send for that address is not known."),
    },
    "dkim": {
        "pass": gettext_noop("A signature of the sender’s domain holds."),
        "fail": gettext_noop("A signature of the sender’s domain does not hold."),
        "": gettext_noop("There is no signature of the sender’s domain that could be checked."),
    },
    "dmarc": {
        "pass": gettext_noop("The domain says that such letters are its own."),
        "fail": gettext_noop("The domain says that such letters are forged."),
        "": gettext_noop("The domain does not say how to tell its letters from forged ones."),
    },
}
"""What is told of each method, by its result; the last where it is neither."""

UNKNOWN: Final = gettext_noop("Nobody has checked where it comes from.")


def found_in(message: Message) -> str:
    """Return the verdicts on an opened letter, such as "spf=pass dkim=none dmarc=fail"; empty where there are none."""
    ours = str(settings.MAIL_AUTHORITY).lower()
    found: dict[str, str] = {}
    if not ours:
        return ""
    for written in _written_here(message):
        value = _COMMENT.sub(" ", written)
        named = _ID.match(value)
        if named is None or named["id"].lower() != ours:
            continue
        for one in _RESULT.finditer(value[named.end() - 1 :]):
            method, result = one["method"].lower(), one["result"].lower()
            if method in METHODS and result in RESULTS:
                found.setdefault(method, result)
    return " ".join(f"{method}={found[method]}" for method in METHODS if method in found)


def in_words(verdicts: str) -> list[str]:
    """Return verdicts as sentences to be translated; one sentence where nobody looked."""
    stated = dict(one.split("=", 1) for one in verdicts.split() if "=" in one)
    return [
        WORDS[method].get("fail" if result == "softfail" else result, WORDS[method][""])
        for method, result in stated.items()
        if method in WORDS
    ] or [UNKNOWN]


def is_suspicious(verdicts: str) -> bool:
    """Tell whether our server found the sender's address forged."""
    return bool({"dmarc=fail", "spf=fail"} & set(verdicts.split()))


def _written_here(message: Message) -> Iterable[str]:
    """Yield the results that stand before the second server's line: what our server wrote, and nothing older."""
    hops = 0
    for name, value in mime.headers(message):
        hops += name == "received"
        if hops > 1:
            return
        if name == "authentication-results":
            yield value
