"""Translations are compiled at a start, and count from then on."""

from pathlib import Path

import pytest
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import Settings

from ringfence.config import messages

SENTENCE = "Nobody has translated this sentence yet"


def test_a_text_compiled_at_a_start_is_spoken_by_the_same_process(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "locale" / "nb" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
        f'msgid "{SENTENCE}"\nmsgstr "Nå har noen det"\n'
    )
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, tmp_path / "locale"]
    monkeypatch.setattr(messages, "PACKAGE", tmp_path)
    with translation.override("nb"):
        assert gettext(SENTENCE) == SENTENCE
        assert messages.compile_changed() == [source]
    with translation.override("nb"):
        assert gettext(SENTENCE) == "Nå har noen det"
