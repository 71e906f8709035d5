"""What tells a letter that is handed over again from another one: everything but the lines that servers put on top."""

import re
from typing import Final

_ON_THE_WAY: Final = re.compile(
    rb"(?:(?:Return-Path|Delivered-To|X-Original-To|Received|Received-SPF|Authentication-Results|DKIM-Filter)"
    rb"[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+",
    re.IGNORECASE,
)
_IS_NAMED: Final = re.compile(rb"^Message-ID[ \t]*:[ \t\r\n]*<", re.IGNORECASE | re.MULTILINE)
_HEAD: Final = 64 * 1024


def same_in_a_repeat(content: bytes) -> bytes:
    """Return what is the same when a letter comes again; all of it for one that has no id of its own."""
    on_top = _ON_THE_WAY.match(content)
    if on_top is None:
        return content
    rest = content[on_top.end() :]
    return rest if _IS_NAMED.search(rest[:_HEAD]) else content
