"""Pages of the documentation that are made from the code say what the code does."""

import os
import re
import subprocess
import sys

from tests.house import source

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
"""A link in Markdown to something of this project, without its anchor."""


def test_generated_pages_are_up_to_date() -> None:
    """The drawings of states, the table of promises and the table of settings; `make fix` renews them."""
    tool = [sys.executable, str(source.ROOT / "tools" / "generated.py"), "--check"]
    result = subprocess.run(tool, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_table_of_states_is_drawn() -> None:
    page = (source.ROOT / "docs" / "states.md").read_text(encoding="utf-8")
    tables = {
        source.named(path): path
        for path in source.python("src")
        if path.name == "rules.py" and ("MOVES" in path.read_text() or "NEXT_STATES" in path.read_text())
    }
    assert tables
    modules = {name.removeprefix("src/").removesuffix(".py").replace("/", ".") for name in tables}
    assert {module for module in modules if f"`{module}`" not in page} == set()


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*source.ROOT.glob("*.md"), *source.ROOT.glob("docs/**/*.md")]
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text(encoding="utf-8"))]
    assert links
    lost = [f"{source.named(page)}: {link}" for page, link in links if not (page.parent / link).exists()]
    assert lost == []
