"""Compiles the translations: every `django.po` of the package becomes the `django.mo` beside it.

`python -m ringfence.config.messages` compiles what changed and names each text without a translation.
"""

import os
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


def catalogues() -> list[Path]:
    """The translations' source files."""
    return sorted(PACKAGE.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_changed() -> list[Path]:
    """Compile the sources that are newer than their result; returns them. What this process had read is read anew."""
    from django.utils.translation.reloader import translation_file_changed

    changed = [source for source in catalogues() if _older(source.with_suffix(".mo"), source)]
    for source in changed:
        _compile(source)
        translation_file_changed(sender=None, file_path=source.with_suffix(".mo"))
    return changed


def _older(result: Path, source: Path) -> bool:
    return not result.exists() or result.stat().st_mtime_ns < source.stat().st_mtime_ns


def _compile(source: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name, abort_invalid=True)
    draft = source.with_suffix(f".mo.{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, catalogue)
    draft.rename(source.with_suffix(".mo"))


def problems() -> list[str]:
    """Texts without a finished translation, as `file: text`."""
    from babel.messages.pofile import read_po

    found = []
    for source in catalogues():
        with source.open("rb") as file:
            for message in read_po(file, locale=source.parent.parent.name):
                texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
                if message.id and (message.fuzzy or not all(texts)):
                    found.append(f"{source.relative_to(PACKAGE)}: {message.id!r}")
    return found


def main() -> int:
    """Compile and report."""
    for source in compile_changed():
        sys.stdout.write(f"compiled {source.relative_to(PACKAGE)}\n")
    unfinished = problems()
    for problem in unfinished:
        sys.stdout.write(f"no translation: {problem}\n")
    return 1 if unfinished else 0


if __name__ == "__main__":
    sys.exit(main())
