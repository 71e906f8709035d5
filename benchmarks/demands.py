"""How well demands in letters are understood: `python -m benchmarks.demands` prints precision and recall (clause 4.2).

The letters that were set aside were written after the rules were fixed, and the rules were not changed by them.
"""

import sys

from tests.support.corpus import LANGUAGES, letters, score


def main() -> None:
    """Print a line for each language and part."""
    for language in LANGUAGES:
        for aside in (False, True):
            written = list(letters(language, aside=aside))
            found = score(written)
            part = "set aside" if aside else "tuned on "
            sys.stdout.write(
                f"{language} {part} {len(written):4} letters  precision {found.precision:.3f}"
                f"  recall {found.recall:.3f}  (right {found.right}, wrong {found.wrong}, missed {found.missed})\n"
            )


if __name__ == "__main__":
    main()
