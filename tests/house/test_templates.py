"""Templates: each is used, and each that is asked for exists."""

import re
from pathlib import Path

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
