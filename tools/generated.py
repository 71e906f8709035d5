"""Parts of the documentation that are made from the code; `--check` compares instead of writing.

Each is between two lines in a page: `<!-- generated: NAME -->` and `<!-- end -->`.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import promise_table
import state_diagrams

from ringfence.config.commands import settings

ROOT = Path(__file__).resolve().parent.parent

SOURCES: dict[str, Callable[[], str]] = {
    "settings": settings.markdown,
    **promise_table.SOURCES,
    **state_diagrams.SOURCES,
}
BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    """The text of a page with its generated parts made anew."""
    return BLOCK.sub(lambda block: f"{block[1]}\n{SOURCES[block['name']]()}\n{block[3]}", page)


def main() -> int:
    """Write, or compare, every page that has such a part."""
    stale = []
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]):
        before = path.read_text(encoding="utf-8")
        after = renewed(before)
        if after != before:
            stale.append(path.relative_to(ROOT))
            if "--check" not in sys.argv:
                path.write_text(after, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{name} is out of date; `make fix` renews it.\n")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
