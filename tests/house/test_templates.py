"""Templates: each is used, and each that is asked for exists."""

import re
from pathlib import Path

import pytest

from tests.house import source

ASKED = re.compile(r"""["']([\w./-]+\.(?:html|txt|svg|xml|css))["']""")


def _templates() -> dict[str, Path]:
    """Every template by the name it is loaded under."""
    found = {}
    for path in source.tracked():
        if path.is_relative_to(source.PACKAGE) and "templates" in path.parts:
            parts = path.parts
            found["/".join(parts[len(parts) - parts[::-1].index("templates") :])] = path
    return found


def _mentioned() -> set[str]:
    """Every template named in code or in another template, and letters by their kind."""
    names: set[str] = set()
    for path in source.tracked():
        if path.is_relative_to(source.PACKAGE) and path.suffix in {".py", ".html", ".txt"}:
            text = path.read_text(encoding="utf-8")
            names.update(ASKED.findall(text))
            if path.suffix == ".py":
                words = re.findall(r"""["']([a-z][a-z0-9-]+)["']""", text)
                names.update(f"letters/{word}.{kind}" for word in words for kind in ("txt", "html"))
    return names


def test_no_template_lies_about_unused() -> None:
    found = sorted(_templates().keys() - _mentioned())
    assert not found, "\n".join(found)


def test_every_letter_has_a_text_and_a_page() -> None:
    letters = {name for name in _templates() if name.startswith("letters/")}
    stems = {name.rsplit(".", 1)[0] for name in letters}
    assert sorted({f"{stem}.{kind}" for stem in stems for kind in ("txt", "html")} - letters) == []


def test_no_template_has_script_or_style_in_it() -> None:
    """The content security policy refuses both, so a page with them is broken for everybody."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    pages = {name: path for name, path in _templates().items() if name.endswith(".html")}
    found = {name: inline.findall(path.read_text(encoding="utf-8")) for name, path in pages.items()}
    assert {name: bad for name, bad in found.items() if bad and not name.startswith("letters/")} == {}


@pytest.mark.promise("7.1")
def test_no_page_links_to_others_but_by_the_tag_that_marks_it() -> None:
    """`outbound_link` marks the link and keeps the referrer back; an address that is written out does neither."""
    written = re.compile(r"<(?:a|area|form)\b[^>]*\b(?:href|action)=[\"']?(?:https?:)?//", re.IGNORECASE)
    pages = {name: path for name, path in _templates().items() if name.endswith(".html")}
    found = sorted(name for name, path in pages.items() if written.search(path.read_text(encoding="utf-8")))
    assert found == []


BLOCK = re.compile(r"{%-?\s*blocktrans(?:late)?\b.*?%}(.*?){%-?\s*endblocktrans", re.DOTALL)


def unresolved(text: str) -> list[str]:
    """Return what stands in translated blocks and is more than a name: Django writes nothing in its place."""
    shown = [name for block in BLOCK.findall(text) for name in re.findall(r"{{(.*?)}}", block)]
    return [name.strip() for name in shown if not re.fullmatch(r"\s*\w+\s*", name)]


def test_what_stands_in_a_translated_block_is_a_plain_name() -> None:
    """A dotted name or a filter needs `with`: in the block itself it becomes nothing, or is not translated."""
    assert unresolved("{% blocktranslate with a=b.c %}{{ a }} {{ b.c }}{% endblocktranslate %}{{ d.e }}") == [
        "b.c"
    ]
    found = {name: unresolved(path.read_text(encoding="utf-8")) for name, path in _templates().items()}
    assert {name: names for name, names in found.items() if names} == {}
