"""A letter that came in, as text: subject and body, without the links that open something. Never raises."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from typing import Final

from ringfence.support import mime
from ringfence.support.html_text import text_of
from ringfence.support.mime import Part
from ringfence.support.rules import LetterKind
from ringfence.support.tnef import KINDS as WINMAIL_KINDS
from ringfence.support.tnef import WINMAIL, unpacked

LONGEST_TEXT: Final = 100_000
"""Characters."""

UNREADABLE: Final = mime.UNREADABLE
MOST_ANSWERED: Final = 20
LONGEST_SUBJECT: Final = 500

IN_HTML: Final = "[HTML]"
"""What stands above what the HTML of a letter says besides."""

_WORD: Final = re.compile(r"\w+")
_TARGET: Final = re.compile(r"<[^<>\s]*>")
_NAMED: Final = re.compile(r"(?:\[[^\[\]]*\]\s*)+")
_QUIET: Final = frozenset({"bulk", "junk", "list"})
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,250}>")
_ANSWERABLE: Final = re.compile(r"<[!-;=?-~]{3,240}>")
_LINK: Final = re.compile(r"(?<=/)(?:[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{32})(?![A-Za-z0-9_-])")
_FORWARDED: Final = 3
"""Letters in letters in letters whose text is shown."""

_A_REMARK: Final = 10
"""How many times shorter than the HTML a plain text is that only says that there is HTML."""


@dataclass(frozen=True, slots=True)
class MessageIds:
    """The id of a letter, and those of the letters it answers (RFC 5322, section 3.6.4); empty where it has none."""

    own: str
    answered: tuple[str, ...]


def parts(content: bytes) -> tuple[str, str]:
    """Return subject and text of a letter; what cannot be decoded is shown as far as it can be."""
    message = mime.opened(content)
    return subject_of(message), body_of(message)[:LONGEST_TEXT]


def as_text(content: bytes) -> str:
    """Return a letter as its sender may read it again: quoted links of ours are taken out, attachments named."""
    message = mime.opened(content)
    attached = [part.name or part.kind for part in attached_in(message)]
    names = "".join(f"\n[{name}]" for name in attached)
    said = f"{subject_of(message)}\n\n{_shortened(body_of(message))}{names}".strip()
    return _LINK.sub("\N{HORIZONTAL ELLIPSIS}", said)


def _shortened(text: str) -> str:
    """Return a text up to the longest that is kept; what is left out is marked."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}\n\n[\N{HORIZONTAL ELLIPSIS}]"


def message_ids(content: bytes) -> MessageIds:
    """Return the message ids a letter states."""
    return message_ids_of(mime.opened(content))


def message_ids_of(message: Message) -> MessageIds:
    """Return the message ids an opened letter states."""
    headers = _headers(message)
    answered = _MESSAGE_ID.findall(f"{headers.get('references', '')} {headers.get('in-reply-to', '')}")
    return MessageIds(
        next(iter(_MESSAGE_ID.findall(headers.get("message-id", ""))), ""),
        tuple(dict.fromkeys(answered))[-MOST_ANSWERED:],
    )


def answerable_id(content: bytes) -> str:
    """Return the message id of a letter as it is written, where it may stand in a header of ours; otherwise nothing."""
    try:
        stated = str(message_from_bytes(content, policy=policy.compat32).get("Message-ID", ""))
    except UNREADABLE:
        return ""
    found = _ANSWERABLE.search(stated)
    return found[0] if found else ""


def kind_of(content: bytes, sender: str) -> LetterKind:
    """Return who wrote a letter: a person, a program (RFC 3834), or a mail server that reports (RFC 3464, 5965)."""
    return kind_of_message(mime.opened(content), sender)


def kind_of_message(message: Message, sender: str) -> LetterKind:
    """Return who wrote an opened letter.

    Desks of authorities and gateways of companies state of what people write that no automatic answer is wanted; only
    what calls itself an automatic answer, or names nobody to answer, is one.
    """
    headers = _headers(message)
    shape = headers.get("content-type", "")
    if "multipart/report" in shape and ("delivery-status" in shape or "feedback-report" in shape):
        return LetterKind.BOUNCE
    if (
        not sender
        or headers.get("auto-submitted", "no").partition(";")[0].strip() != "no"
        or headers.get("precedence", "") == "auto_reply"
        or not headers.keys().isdisjoint({"x-autoreply", "x-autorespond"})
    ):
        return LetterKind.PROGRAM
    is_quiet = headers.get("precedence", "") in _QUIET or not headers.keys().isdisjoint(
        {"list-id", "x-auto-response-suppress"}
    )
    return LetterKind.QUIET if is_quiet else LetterKind.PERSON


def subject_of(message: Message) -> str:
    """Return the subject of an opened letter."""
    return mime.header(message, "subject")[:LONGEST_SUBJECT]


def body_of(message: Message, depth: int = 0) -> str:
    """Return all that an opened letter says: its texts in order, of a choice the plain one, forwarded ones quoted."""
    leaves = mime.leaves(message)
    said = [*_texts(leaves, subject_of(message)), *mime.around(message)]
    for part in leaves:
        if part.kind in WINMAIL_KINDS or WINMAIL.fullmatch(part.name):
            said += [unpacked(part.content).text] if not any(one.strip() for one in said) else []
        elif part.kind == "message/rfc822" and depth < _FORWARDED:
            said.append(_quoted(part, depth))
    if not any(one.strip() for one in said):
        said.append(mime.before(message))
    return "\n\n".join(one.strip("\n") for one in said if one.strip())


def attached_in(message: Message) -> list[Part]:
    """Return the parts of an opened letter that are not its text."""
    leaves = mime.leaves(message)
    shown = {id(part) for part in _shown(leaves)}
    return [part for part in leaves if id(part) not in shown and not _is_other_choice(part)]


def _texts(leaves: list[Part], subject: str) -> list[str]:
    said: list[str] = []
    for part in _shown(leaves):
        said.append(part.text if part.kind != "text/html" else text_of(part.text))
        if part.kind != "text/html" and (html := _html_beside(part, leaves)) is not None:
            said.append(_said_besides(text_of(html.text), f"{subject} {part.text}"))
    return said


def _html_beside(part: Part, leaves: list[Part]) -> Part | None:
    same = (one for one in leaves if part.group and one.group == part.group)
    return next((one for one in same if one.kind == "text/html" and _is_text(one)), None)


def _said_besides(html: str, plain: str) -> str:
    """Return the lines of a letter's HTML that its plain text does not say: most readers see those alone.

    What is quoted, addresses behind links, names of pictures, and what the subject says too are not counted.
    """
    known = set(_WORD.findall(plain.casefold()))
    lines = (
        line for line in html.splitlines() if not line.startswith(">") and not _NAMED.fullmatch(line.strip())
    )
    more = [line for line in lines if not known.issuperset(_WORD.findall(_TARGET.sub("", line).casefold()))]
    return "\n".join([IN_HTML, *more]) if more else ""


def _shown(leaves: list[Part]) -> list[Part]:
    """Return the parts that are the text of a letter; of each choice one."""
    shown: list[Part] = []
    for part in leaves:
        if not _is_text(part):
            continue
        rival = next((one for one in shown if part.group and one.group == part.group), None)
        if rival is None:
            shown.append(part)
        elif _is_better(part, rival):
            shown[shown.index(rival)] = part
    return shown


def _is_text(part: Part) -> bool:
    if part.is_attached or (part.name and part.kind not in {"text/plain", "text/html"}):
        return False
    if part.name and part.message.get("content-disposition") is not None:
        return False
    return part.kind in {"text/plain", "text/html", "text/enriched"} or part.kind.startswith("multipart/")


def _is_better(part: Part, rival: Part) -> bool:
    """Tell whether a part says more than another one of the same choice: plain before HTML, unless it only remarks."""
    if (part.kind == "text/html") == (rival.kind == "text/html"):
        return not rival.text.strip()
    html, plain = (part, rival) if part.kind == "text/html" else (rival, part)
    says_little = len(plain.text.strip()) * _A_REMARK < len(text_of(html.text))
    return (part is html) == says_little


def _is_other_choice(part: Part) -> bool:
    return bool(part.group) and not part.name and part.kind in {"text/plain", "text/html", "text/enriched"}


def _quoted(part: Part, depth: int) -> str:
    inner = mime.inside(part.message)
    if not isinstance(inner, list):
        text = part.text
    else:
        letters = [one for one in inner if isinstance(one, Message)]
        text = "\n\n".join(f"{subject_of(one)}\n\n{body_of(one, depth + 1)}" for one in letters)
    return "\n".join(f"> {line}" for line in text.strip().splitlines())


def _headers(message: Message) -> dict[str, str]:
    """Return the headers of a letter in lower case; of several of a name the first."""
    found: dict[str, str] = {}
    for name, value in mime.headers(message):
        found.setdefault(name, value.lower())
    return found
