"""What an HTML letter says, as text: no mark-up, nothing hidden, no address that is not shown. Never raises."""

import re
from html.parser import HTMLParser
from typing import Final

BLOCKS: Final = frozenset(
    [
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset"),
        *(
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "html",
        ),
        *(
            "legend",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "tbody",
            "tfoot",
            "thead",
            "tr",
            "ul",
        ),
    ]
)
_NOT_SAID: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "object", "svg"})
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
LONGEST: Final = 500_000
"""Characters that are read."""

_SPACES: Final = re.compile(r"[ \t\r\n\f]+")
_EMPTY_LINES: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_TAGS: Final = re.compile(r"<[^<>]{0,2000}>")
_SAFE: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)


class _Said(HTMLParser):
    """Collects what a reader would see. Quotes get a mark before each line, as in letters of plain text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.unsaid: list[str] = []
        self.quoted = 0
        self.kept_as_is = 0
        self.target = ""
        self.linked = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "body":
            self.unsaid.clear()
        if self.unsaid or tag in _NOT_SAID or _HIDDEN.search(given.get("style", "")):
            if tag not in _VOID:
                self.unsaid.append(tag)
            return
        if tag == "br" or tag in BLOCKS:
            self._line()
        self.quoted += tag == "blockquote"
        self.kept_as_is += tag == "pre"
        self._begin(tag, given)

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        if tag == "li":
            self._say("- ")
        elif tag in {"td", "th"} and self.lines[-1].strip("> "):
            self._say(" ")
        elif tag == "img" and given.get("alt"):
            self._say(f"[{_SPACES.sub(' ', given['alt']).strip()[:200]}]")
        elif tag == "a":
            self.target, self.linked = given.get("href", "").strip(), ""

    def handle_endtag(self, tag: str) -> None:
        if self.unsaid:
            if tag in self.unsaid:
                while self.unsaid.pop() != tag:
                    pass
            elif tag in BLOCKS:  # It closes what is around, and with that what was not closed itself.
                self.unsaid.clear()
            return
        if tag == "a":
            self._link()
        if tag in BLOCKS:
            self._line()
        self.quoted = max(0, self.quoted - (tag == "blockquote"))
        self.kept_as_is = max(0, self.kept_as_is - (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self.unsaid:
            return
        if self.kept_as_is:
            first, *rest = data.split("\n")
            self._say(first)
            for line in rest:
                self._line()
                self._say(line)
            return
        said = _SPACES.sub(" ", data)
        if self.target:
            self.linked += said
        self._say(said.lstrip() if not self.lines[-1].strip("> ") else said)

    def _say(self, text: str) -> None:
        if text and not self.lines[-1] and self.quoted:
            self.lines[-1] = "> " * min(self.quoted, 5)
        self.lines[-1] += text

    def _line(self) -> None:
        self.lines.append("")

    def _link(self) -> None:
        """Show where a link leads, when its words do not say so."""
        target, self.target = self.target, ""
        bare = target.removeprefix("mailto:").removeprefix("tel:")
        if _SAFE.match(target) and bare.rstrip("/") not in self.linked:
            self._say(f" <{bare[:500]}>")


def text_of(html: str) -> str:
    """Return what an HTML text says."""
    reader = _Said()
    try:
        reader.feed(html[:LONGEST])
        reader.close()
        said = "\n".join(line.rstrip() for line in reader.lines)
    except (AssertionError, ValueError, LookupError, RecursionError):
        said = _TAGS.sub(" ", html[:LONGEST])
    said = _EMPTY_LINES.sub("\n\n", said).strip()
    if not said:
        said = _SPACES.sub(" ", _TAGS.sub(" ", html[:LONGEST])).strip()
    return said
